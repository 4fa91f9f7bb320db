import { defaultMeetingSettings, meetingSettingsSchema } from '@waterbus/protocol';
import { describe, expect, it } from 'vitest';
import { heardChoices, heardText } from './heard-choices.js';

describe('the number of people that are heard at once', () => {
  it('can be set to the values that the API accepts', () => {
    for (const loudest of heardChoices(8)) {
      expect(meetingSettingsSchema.shape.loudest.safeParse(loudest).success).toBe(true);
    }
  });

  it('has the current value among the choices, each of them once', () => {
    for (const now of [0, 1, 8, 20, 64]) {
      const choices = heardChoices(now);
      expect(choices).toContain(now);
      expect(new Set(choices).size).toBe(choices.length);
      expect(choices.slice(0, -1)).toEqual(choices.slice(0, -1).toSorted((one, other) => one - other));
      expect(choices.at(-1)).toBe(0);
    }
  });

  it('has a text', () => {
    expect([0, 1, 3].map(heardText)).toEqual(['Everyone', '1 person', '3 people']);
    expect(heardText(defaultMeetingSettings.loudest)).toBe('8 people (default)');
    expect(heardChoices(0).filter((count) => heardText(count).includes('default'))).toEqual([
      defaultMeetingSettings.loudest,
    ]);
  });
});
