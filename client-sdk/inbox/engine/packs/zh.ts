/** Chinese, simplified. */
import type { Pack } from '../pack.ts';

export const pack: Pack = {
  words: {
    title: '通知',
    close: '关闭',
    all: '全部',
    unread: '未读',
    markAllRead: '全部标为已读',
    markRead: '标为已读',
    markUnread: '标为未读',
    isUnread: '未读：',
    warning: '警告：',
    error: '错误：',
    alreadyPressed: '已经回应过了。',
    loading: '正在加载…',
    loadMore: '加载更早的通知',
    retry: '重试',
    empty: '暂无通知',
    emptyHint: '你关注的内容一有动态，就会显示在这里。',
    emptyUnread: '已全部读完',
    connecting: '正在连接…',
    offline: '当前离线。恢复连接后会加载错过的内容。',
    expired: '你已退出登录。',
    signInFailed: '无法登录通知服务。',
    failed: '操作失败。',
  },
  open: { other: '通知，# 条未读' },
  count: { other: '# 个操作' },
  arrived: { other: '# 条新通知。@' },
};
