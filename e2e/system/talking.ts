import type { Person } from './call.js';

/**
 * Gives the page a microphone with speech-like sound: syllables of 200 ms with pauses of 60 ms.
 * Chromium's fake microphone beeps every half second, and the beep fades within 200 ms. Call it
 * before the page is opened.
 */
export async function letTalk({ page }: Person): Promise<void> {
  await page.addInitScript(() => {
    const devices = navigator.mediaDevices;
    if (!devices) return;
    const original = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (constraints) => {
      const stream = await original(constraints);
      const [microphone] = stream.getAudioTracks();
      if (!microphone) return stream;
      const audio = new AudioContext();
      const tone = audio.createOscillator();
      const syllables = audio.createGain();
      const output = audio.createMediaStreamDestination();
      tone.frequency.value = 220;
      syllables.gain.value = 0;
      tone.connect(syllables).connect(output);
      tone.start();
      for (let at = 0; at < 600; at += 0.26) {
        syllables.gain.setValueAtTime(0.2, audio.currentTime + at);
        syllables.gain.setValueAtTime(0, audio.currentTime + at + 0.2);
      }
      stream.removeTrack(microphone);
      for (const track of output.stream.getAudioTracks()) stream.addTrack(track);
      return stream;
    };
  });
}
