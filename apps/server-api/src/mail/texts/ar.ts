import type { MailTexts } from './mail-texts.js';

/** First-strong isolates keep the sentence right to left around an address (UAX 9). */
const isolated = (address: string) => `\u2068${address}\u2069`;

export const ar: MailTexts = {
  invitation: (link, invitedBy) => ({
    subject: 'دعوة إلى اجتماع',
    text: `${invitedBy ? `دعاك ${isolated(invitedBy)}` : 'أنت مدعو'} إلى أن تصبح عضوًا في اجتماع.\n\nاقبل الدعوة أو ارفضها هنا:\n${link}\n`,
  }),
  guestInvitation: (link, invitedBy) => ({
    subject: 'دعوة إلى اجتماع',
    text: `${invitedBy ? `دعاك ${isolated(invitedBy)}` : 'أنت مدعو'} إلى اجتماع. لا تحتاج إلى حساب، بل إلى متصفح فقط.\n\nانضم هنا:\n${link}\n\nهذا الرابط لك وحدك، فلا تعد توجيهه.\n`,
  }),
  verifyEmail: (link) => ({
    subject: 'تأكيد عنوان بريدك الإلكتروني',
    text: `مرحبًا،\n\nلتأكيد أن هذا العنوان لك، افتح خلال 24 ساعة\n\n${link}\n\nإن لم تنشئ حسابًا، فتجاهل هذه الرسالة.\n`,
  }),
  resetPassword: (link) => ({
    subject: 'تعيين كلمة مرور جديدة',
    text: `مرحبًا،\n\nلتعيين كلمة مرور جديدة، افتح خلال ساعة\n\n${link}\n\nسيؤدي ذلك إلى تسجيل خروجك من كل مكان، وإنهاء مفاتيح API وخطافات الويب وطرق تسجيل الدخول المرتبطة. إن لم تطلب ذلك، فتجاهل هذه الرسالة.\n`,
  }),
  meeting: 'اجتماع',
};
