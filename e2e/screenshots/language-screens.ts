import { paintDevices } from '../system/painted-devices.js';
import { expect, newContext, type Screen, type Surroundings } from './screen.js';

/** Home, lobby, call with its settings and chat in German, and in Arabic, from right to left. */
export async function* languageScreens({ browser, url }: Surroundings): AsyncGenerator<Screen> {
  for (const { language, locale, title, name, create, join, leave, settings, chat, text } of LANGUAGES) {
    const context = await newContext(browser, locale);
    const page = await context.newPage();
    await paintDevices(page);
    const button = (wanted: string) => page.getByRole('button', { name: wanted, exact: true });
    await page.goto(url);
    await page.locator('#title, input').first().fill(title);
    yield { name: `home-${language}`, page, whole: true };
    await button(create).click();
    await page.locator('input[autocomplete="name"], .lobby input').first().fill(name);
    yield { name: `lobby-${language}`, page, whole: true };
    await button(join).click();
    await expect(button(leave)).toBeVisible();
    await button(settings).click();
    yield { name: `call-settings-${language}`, page };
    await page.keyboard.press('Escape');
    await button(chat).click();
    // Not the one that takes early keys while the code of the chat is loading.
    await page.locator('textarea:not(.visually-hidden)').fill(text);
    await page.keyboard.press('Enter');
    await expect(page.locator('.message').last()).toContainText(text.slice(0, 5));
    yield { name: `call-chat-${language}`, page };
    await context.close();
  }
}

const LANGUAGES = [
  {
    ...{ language: 'german', locale: 'de-DE', title: 'Wochenplanung', name: 'Jana Weiß' },
    ...{ create: 'Meeting erstellen', join: 'Jetzt teilnehmen', leave: 'Verlassen', settings: 'Einstellungen' },
    ...{ chat: 'Chat', text: 'Guten Morgen! Die Unterlagen für den Nordkai sind fertig.' },
  },
  {
    ...{ language: 'arabic', locale: 'ar-EG', title: 'التخطيط الأسبوعي', name: 'ليلى حداد' },
    ...{ create: 'إنشاء اجتماع', join: 'انضم الآن', leave: 'مغادرة', settings: 'الإعدادات' },
    ...{ chat: 'الدردشة', text: 'صباح الخير! مخططات الرصيف الشمالي جاهزة.' },
  },
];
