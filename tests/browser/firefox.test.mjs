// Firefox joins Chromium.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { firefox } from 'playwright-core';
import { Person } from './support/browser.mjs';
import { scene } from './support/scene.mjs';

const on = scene();
let fox;
before(async () => {
  fox = await firefox.launch({
    channel: 'moz-firefox',
    executablePath: '/usr/bin/firefox-esr',
    firefoxUserPrefs: {
      'media.navigator.permission.disabled': true,
      'media.navigator.streams.fake': true,
      'media.peerconnection.ice.obfuscate_host_addresses': false,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
    },
  });
});
after(() => fox?.close());

test('Firefox and Chromium see each other, and Chromium hears the tone of Firefox', async () => {
  const meetingId = await on.server.createRoom();
  const token = on.server.token();
  const anna = await (await Person.arrive(on.browser, on.page, 'anna')).join({ token, meetingId });
  const context = await fox.newContext();
  const ben = new Person('ben', await context.newPage(), context);
  await ben.page.goto(on.page.url);
  // The oscillator of a page without sound permission stands still in Firefox: its own fake microphone hums instead.
  await ben.run(async () => {
    const humming = await navigator.mediaDevices.getUserMedia({ audio: true });
    const make = TestMedia.make.bind(TestMedia);
    TestMedia.make = (wish) => {
      const stream = make({ ...wish, tone: 0 });
      stream.addTrack(humming.getAudioTracks()[0]);
      return stream;
    };
  });
  await ben.join({ token, meetingId });
  await anna.sees(ben);
  await ben.sees(anna);
  const heard = await anna.listen('ben');
  assert.ok(heard > 0, 'the hum of Firefox is heard');
  await anna.close();
  await context.close();
});
