/** German. */
import type { Pack } from '../pack.ts';

export const pack: Pack = {
  words: {
    title: 'Benachrichtigungen',
    close: 'Schließen',
    all: 'Alle',
    unread: 'Ungelesen',
    markAllRead: 'Alle gelesen',
    markRead: 'Als gelesen markieren',
    markUnread: 'Als ungelesen markieren',
    isUnread: 'Ungelesen: ',
    warning: 'Warnung: ',
    error: 'Fehler: ',
    alreadyPressed: 'Das wurde bereits beantwortet.',
    loading: 'Wird geladen …',
    loadMore: 'Ältere laden',
    retry: 'Erneut versuchen',
    empty: 'Noch nichts da',
    emptyHint: 'Was du verfolgst, erscheint hier, sobald es passiert.',
    emptyUnread: 'Alles gelesen',
    connecting: 'Verbindung wird hergestellt …',
    offline: 'Offline. Was du verpasst, wird geladen, sobald du wieder online bist.',
    expired: 'Du bist abgemeldet.',
    signInFailed: 'Die Anmeldung bei den Benachrichtigungen ist fehlgeschlagen.',
    failed: 'Das hat nicht geklappt.',
  },
  open: { one: 'Benachrichtigungen, # ungelesen', other: 'Benachrichtigungen, # ungelesen' },
  count: { one: '# Aktion', other: '# Aktionen' },
  arrived: { one: '# neue. @', other: '# neue. @' },
};
