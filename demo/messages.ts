/** The demo's sentences. English needs none, because the verbs are English. */
import { readSettings } from '../config/settings.ts';
import type { Settings } from '../core/settings.ts';
import { verbs } from './page/project.ts';

const inGerman = '{relatedCount, plural, =0 {} other { in {related}}}';
const inArabic = '{relatedCount, plural, =0 {} other { في {related}}}';
const inJapanese = '{relatedCount, plural, =0 {} other {{related}で}}';

const { messages } = readSettings({
  messages: {
    de: {
      [verbs.opened]: `{actor} hat {targets}${inGerman} eröffnet`,
      [verbs.closed]: `{actor} hat {targets}${inGerman} geschlossen`,
      [verbs.reopened]: `{actor} hat {targets}${inGerman} wieder geöffnet`,
      [verbs.commented]: `{actor} hat {targets}${inGerman} kommentiert`,
      [verbs.starred]: '{actor} hat {targets} markiert',
      [verbs.unstarred]: '{actor} hat die Markierung von {targets} entfernt',
      [verbs.deleted]: `{actor} hat {targets}${inGerman} gelöscht`,
      [verbs.requestedReview]: `{actor} hat um ein Review von {targets}${inGerman} gebeten`,
      [verbs.approved]: `{actor} hat {targets}${inGerman} freigegeben`,
      [verbs.requestedChanges]: `{actor} hat Änderungen an {targets}${inGerman} verlangt`,
      [verbs.delayed]: `{targets}${inGerman} {targetCount, plural, one {hat} other {haben}} sich verzögert`,
    },
    ja: {
      [verbs.opened]: `{actor}が${inJapanese}{targets}を作成しました`,
      [verbs.closed]: `{actor}が${inJapanese}{targets}を閉じました`,
      [verbs.reopened]: `{actor}が${inJapanese}{targets}を再開しました`,
      [verbs.commented]: `{actor}が${inJapanese}{targets}にコメントしました`,
      [verbs.starred]: '{actor}が{targets}にスターを付けました',
      [verbs.unstarred]: '{actor}が{targets}のスターを外しました',
      [verbs.deleted]: `{actor}が${inJapanese}{targets}を削除しました`,
      [verbs.requestedReview]: `{actor}が${inJapanese}{targets}のレビューを依頼しました`,
      [verbs.approved]: `{actor}が${inJapanese}{targets}を承認しました`,
      [verbs.requestedChanges]: `{actor}が${inJapanese}{targets}の修正を依頼しました`,
      [verbs.delayed]: `${inJapanese}{targets}が遅れています`,
    },
    ar: {
      [verbs.opened]: `{actor}: فتح {targets}${inArabic}`,
      [verbs.closed]: `{actor}: إغلاق {targets}${inArabic}`,
      [verbs.reopened]: `{actor}: إعادة فتح {targets}${inArabic}`,
      [verbs.commented]: `{actor}: تعليق على {targets}${inArabic}`,
      [verbs.starred]: '{actor}: تمييز {targets} بنجمة',
      [verbs.unstarred]: '{actor}: إزالة النجمة عن {targets}',
      [verbs.deleted]: `{actor}: حذف {targets}${inArabic}`,
      [verbs.requestedReview]: `{actor}: طلب مراجعة {targets}${inArabic}`,
      [verbs.approved]: `{actor}: الموافقة على {targets}${inArabic}`,
      [verbs.requestedChanges]: `{actor}: طلب تعديلات على {targets}${inArabic}`,
      [verbs.delayed]: `تأخير: {targets}${inArabic}`,
    },
  },
});

/** The configuration's own sentences replace the demo's. */
export const withDemoMessages = (settings: Settings): Settings =>
  settings.messages.size > 0 ? settings : { ...settings, messages };
