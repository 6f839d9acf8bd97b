/** Polish. */
import type { Pack } from '../pack.ts';

export const pack: Pack = {
  words: {
    title: 'Powiadomienia',
    close: 'Zamknij',
    all: 'Wszystkie',
    unread: 'Nieprzeczytane',
    markAllRead: 'Oznacz wszystkie jako przeczytane',
    markRead: 'Oznacz jako przeczytane',
    markUnread: 'Oznacz jako nieprzeczytane',
    isUnread: 'Nieprzeczytane: ',
    warning: 'Ostrzeżenie: ',
    error: 'Błąd: ',
    alreadyPressed: 'Odpowiedź już została udzielona.',
    loading: 'Wczytywanie…',
    loadMore: 'Wczytaj starsze',
    retry: 'Spróbuj ponownie',
    empty: 'Na razie nic tu nie ma',
    emptyHint: 'To, co obserwujesz, pojawia się tutaj na bieżąco.',
    emptyUnread: 'Wszystko przeczytane',
    connecting: 'Łączenie…',
    offline: 'Brak połączenia. To, co cię ominie, wczyta się po powrocie.',
    expired: 'Sesja wygasła.',
    signInFailed: 'Nie udało się zalogować do powiadomień.',
    failed: 'Nie udało się.',
  },
  open: {
    one: 'Powiadomienia, # nieprzeczytane',
    few: 'Powiadomienia, # nieprzeczytane',
    many: 'Powiadomienia, # nieprzeczytanych',
    other: 'Powiadomienia, # nieprzeczytanego',
  },
  count: { one: '# działanie', few: '# działania', many: '# działań', other: '# działania' },
  arrived: { one: '# nowe. @', few: '# nowe. @', many: '# nowych. @', other: '# nowego. @' },
};
