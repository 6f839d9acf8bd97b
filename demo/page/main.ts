/** Main file of the page: puts its parts together. */
import { HubError } from '@hubbub/client';
import { people as askPeople } from './backend.ts';
import { BoardStore } from './board-store.ts';
import { byId, inboxIn } from './dom.ts';
import { Ran } from './ran.ts';
import { Replay } from './replay.ts';
import { Scenario } from './scenario.ts';
import { Stage } from './stage.ts';
import { ThemeSwitch } from './theme.ts';
import { Timeline } from './timeline.ts';

function fail(thrown: unknown): void {
  const problem = byId('problem', HTMLElement);
  problem.hidden = false;
  problem.textContent = HubError.from(thrown).message;
}

/** What it tells of is over. */
function recover(): void {
  byId('problem', HTMLElement).hidden = true;
}

async function start(): Promise<void> {
  const people = await askPeople();
  const ran = new Ran();
  const show = (name: string, ...input: unknown[]): void => ran.show(name, ...input);

  const bell = inboxIn(document);
  const board = new BoardStore((issues) => {
    recover();
    scenario.show(issues);
  }, fail);
  const timeline = new Timeline(() => void board.refresh());
  const stage = new Stage({
    people,
    bell,
    ran: show,
    failed: (error) => scenario.say(error.message, true),
    changed: () => timeline.follow(stage.first.hub),
    acts: () => scenario.showActing(),
    heard: ({ name }, milliseconds) => scenario.add(`${name} heard in ${Math.round(milliseconds)} ms.`),
  });
  const scenario = new Scenario({
    board,
    acting: () => stage.acting(),
    ran: show,
    sent: (action, at) => stage.sent(action, at),
  });
  new ThemeSwitch([bell, ...document.querySelectorAll('hubbub-inbox')]);
  new Replay();
  stage.begin();
}

// What scrolls by itself can be scrolled with the keyboard, too.
for (const box of document.querySelectorAll<HTMLElement>('.scrolls')) box.tabIndex = 0;
start().catch(fail);
