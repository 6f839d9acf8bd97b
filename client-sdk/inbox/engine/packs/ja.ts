/** Japanese. */
import type { Pack } from '../pack.ts';

export const pack: Pack = {
  words: {
    title: '通知',
    close: '閉じる',
    all: 'すべて',
    unread: '未読',
    markAllRead: 'すべて既読にする',
    markRead: '既読にする',
    markUnread: '未読に戻す',
    isUnread: '未読: ',
    warning: '警告: ',
    error: 'エラー: ',
    alreadyPressed: 'すでに回答済みです。',
    loading: '読み込み中…',
    loadMore: '以前の通知を読み込む',
    retry: '再試行',
    empty: 'まだ通知はありません',
    emptyHint: 'フォロー中の対象に動きがあると、ここに表示されます。',
    emptyUnread: 'すべて既読です',
    connecting: '接続中…',
    offline: 'オフラインです。その間の通知は、再接続時に読み込まれます。',
    expired: 'ログアウトしました。',
    signInFailed: '通知にログインできませんでした。',
    failed: '処理できませんでした。',
  },
  open: { other: '通知、未読#件' },
  count: { other: '#件のアクション' },
  arrived: { other: '新着#件。@' },
};
