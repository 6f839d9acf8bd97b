import { Avatar } from './avatar.tsx';
import { Bell, Header } from './header.tsx';
import { Item } from './item.tsx';
import type { InboxParts } from './parts.ts';
import { Sentence } from './sentence.tsx';
import { Empty, ErrorNote, Loading, LoadMore, Offline } from './states.tsx';
import { Tabs } from './tabs.tsx';

export const defaultParts: InboxParts = {
  Bell,
  Header,
  Tabs,
  Item,
  Sentence,
  Avatar,
  Empty,
  Loading,
  Error: ErrorNote,
  Offline,
  LoadMore,
};
