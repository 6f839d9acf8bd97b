/** Spanish. */
import type { Pack } from '../pack.ts';

export const pack: Pack = {
  words: {
    title: 'Notificaciones',
    close: 'Cerrar',
    all: 'Todas',
    unread: 'No leídas',
    markAllRead: 'Marcar todo como leído',
    markRead: 'Marcar como leída',
    markUnread: 'Marcar como no leída',
    isUnread: 'No leída: ',
    warning: 'Advertencia: ',
    error: 'Error: ',
    alreadyPressed: 'Esto ya se había respondido.',
    loading: 'Cargando…',
    loadMore: 'Cargar anteriores',
    retry: 'Reintentar',
    empty: 'Todavía no hay nada',
    emptyHint: 'Lo que sigues aparece aquí en cuanto ocurre.',
    emptyUnread: 'Estás al día',
    connecting: 'Conectando…',
    offline: 'Sin conexión. Lo que te pierdas se cargará cuando vuelvas.',
    expired: 'Se ha cerrado tu sesión.',
    signInFailed: 'No se pudo iniciar sesión en las notificaciones.',
    failed: 'No ha funcionado.',
  },
  open: {
    one: 'Notificaciones, # no leída',
    many: 'Notificaciones, # no leídas',
    other: 'Notificaciones, # no leídas',
  },
  count: { one: '# acción', many: '# de acciones', other: '# acciones' },
  arrived: { one: '# nueva. @', many: '# nuevas. @', other: '# nuevas. @' },
};
