/** Korean. */
import type { Pack } from '../pack.ts';

export const pack: Pack = {
  words: {
    title: '알림',
    close: '닫기',
    all: '전체',
    unread: '읽지 않음',
    markAllRead: '모두 읽음으로 표시',
    markRead: '읽음으로 표시',
    markUnread: '읽지 않음으로 표시',
    isUnread: '읽지 않음: ',
    warning: '경고: ',
    error: '오류: ',
    alreadyPressed: '이미 응답한 알림입니다.',
    loading: '불러오는 중…',
    loadMore: '이전 알림 불러오기',
    retry: '다시 시도',
    empty: '아직 알림이 없습니다',
    emptyHint: '팔로우하는 항목에 새 소식이 생기면 여기에 바로 표시됩니다.',
    emptyUnread: '모두 확인했습니다',
    connecting: '연결 중…',
    offline: '오프라인입니다. 그동안의 알림은 다시 연결되면 불러옵니다.',
    expired: '로그아웃되었습니다.',
    signInFailed: '알림에 로그인하지 못했습니다.',
    failed: '처리하지 못했습니다.',
  },
  open: { other: '알림, 읽지 않음 #개' },
  count: { other: '활동 #개' },
  arrived: { other: '새 알림 #개. @' },
};
