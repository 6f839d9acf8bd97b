/** Portuguese, as in Brazil. */
import type { Pack } from '../pack.ts';

export const pack: Pack = {
  words: {
    title: 'Notificações',
    close: 'Fechar',
    all: 'Todas',
    unread: 'Não lidas',
    markAllRead: 'Marcar tudo como lido',
    markRead: 'Marcar como lida',
    markUnread: 'Marcar como não lida',
    isUnread: 'Não lida: ',
    warning: 'Aviso: ',
    error: 'Erro: ',
    alreadyPressed: 'Isso já foi respondido.',
    loading: 'Carregando…',
    loadMore: 'Carregar mais antigas',
    retry: 'Tentar novamente',
    empty: 'Nada por aqui ainda',
    emptyHint: 'O que você segue aparece aqui assim que acontece.',
    emptyUnread: 'Tudo em dia',
    connecting: 'Conectando…',
    offline: 'Sem conexão. O que você perder será carregado quando voltar.',
    expired: 'Sua sessão foi encerrada.',
    signInFailed: 'Não foi possível entrar nas notificações.',
    failed: 'Não funcionou.',
  },
  open: {
    one: 'Notificações, # não lida',
    many: 'Notificações, # não lidas',
    other: 'Notificações, # não lidas',
  },
  count: { one: '# ação', many: '# de ações', other: '# ações' },
  arrived: { one: '# nova. @', many: '# novas. @', other: '# novas. @' },
};
