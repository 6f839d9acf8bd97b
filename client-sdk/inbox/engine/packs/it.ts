/** Italian. */
import type { Pack } from '../pack.ts';

export const pack: Pack = {
  words: {
    title: 'Notifiche',
    close: 'Chiudi',
    all: 'Tutte',
    unread: 'Non lette',
    markAllRead: 'Segna tutto come letto',
    markRead: 'Segna come letta',
    markUnread: 'Segna come non letta',
    isUnread: 'Non letta: ',
    warning: 'Attenzione: ',
    error: 'Errore: ',
    alreadyPressed: 'È già stata data una risposta.',
    loading: 'Caricamento…',
    loadMore: 'Carica le precedenti',
    retry: 'Riprova',
    empty: 'Ancora niente',
    emptyHint: 'Ciò che segui appare qui non appena accade.',
    emptyUnread: 'Sei in pari',
    connecting: 'Connessione…',
    offline: 'Offline. Ciò che ti perdi verrà caricato al tuo ritorno.',
    expired: 'La sessione è terminata.',
    signInFailed: 'Impossibile accedere alle notifiche.',
    failed: 'Non ha funzionato.',
  },
  open: { one: 'Notifiche, # non letta', many: 'Notifiche, # non lette', other: 'Notifiche, # non lette' },
  count: { one: '# azione', many: '# di azioni', other: '# azioni' },
  arrived: { one: '# nuova. @', many: '# nuove. @', other: '# nuove. @' },
};
