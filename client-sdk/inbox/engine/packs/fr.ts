/** French. */
import type { Pack } from '../pack.ts';

export const pack: Pack = {
  words: {
    title: 'Notifications',
    close: 'Fermer',
    all: 'Toutes',
    unread: 'Non lues',
    markAllRead: 'Tout marquer comme lu',
    markRead: 'Marquer comme lue',
    markUnread: 'Marquer comme non lue',
    isUnread: 'Non lue : ',
    warning: 'Avertissement : ',
    error: 'Erreur : ',
    alreadyPressed: 'Une réponse a déjà été donnée.',
    loading: 'Chargement…',
    loadMore: 'Charger les plus anciennes',
    retry: 'Réessayer',
    empty: 'Rien pour l’instant',
    emptyHint: 'Ce que vous suivez s’affiche ici en temps réel.',
    emptyUnread: 'Vous êtes à jour',
    connecting: 'Connexion…',
    offline: 'Hors ligne. Ce que vous manquez sera chargé à votre retour.',
    expired: 'Vous êtes déconnecté.',
    signInFailed: 'Impossible de vous connecter aux notifications.',
    failed: 'Cela n’a pas fonctionné.',
  },
  open: {
    one: 'Notifications, # non lue',
    many: 'Notifications, # non lues',
    other: 'Notifications, # non lues',
  },
  count: { one: '# action', many: '# actions', other: '# actions' },
  arrived: { one: '# nouvelle. @', many: '# nouvelles. @', other: '# nouvelles. @' },
};
