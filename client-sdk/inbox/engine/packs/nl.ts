/** Dutch. */
import type { Pack } from '../pack.ts';

export const pack: Pack = {
  words: {
    title: 'Meldingen',
    close: 'Sluiten',
    all: 'Alle',
    unread: 'Ongelezen',
    markAllRead: 'Alles gelezen',
    markRead: 'Als gelezen markeren',
    markUnread: 'Als ongelezen markeren',
    isUnread: 'Ongelezen: ',
    warning: 'Waarschuwing: ',
    error: 'Fout: ',
    alreadyPressed: 'Dit is al beantwoord.',
    loading: 'Laden…',
    loadMore: 'Oudere laden',
    retry: 'Opnieuw proberen',
    empty: 'Nog niets te zien',
    emptyHint: 'Wat je volgt, verschijnt hier zodra het gebeurt.',
    emptyUnread: 'Je bent helemaal bij',
    connecting: 'Verbinden…',
    offline: 'Offline. Wat je mist, wordt geladen zodra je weer online bent.',
    expired: 'Je bent uitgelogd.',
    signInFailed: 'Inloggen bij de meldingen is niet gelukt.',
    failed: 'Dat is niet gelukt.',
  },
  open: { one: 'Meldingen, # ongelezen', other: 'Meldingen, # ongelezen' },
  count: { one: '# actie', other: '# acties' },
  arrived: { one: '# nieuwe. @', other: '# nieuwe. @' },
};
