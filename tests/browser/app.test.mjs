// The web app as people use it: by its buttons, keys and words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enter, goodbye, openApp as open } from './support/app.mjs';
import { Person } from './support/browser.mjs';
import { scene } from './support/scene.mjs';
import { eventually } from './support/server.mjs';

const on = scene({ serverArgs: ['--app-access', 'open'] });

const openApp = (path, options) => open(on, path, options);
/** The tile of a person, by the name on it. */
const tile = (tab, name) => tab.locator('figure.tile.video', { hasText: name });
const plays = (locator) => eventually('a moving picture', () => locator.locator('video').evaluate(async (video) => {
  const before = video.getVideoPlaybackQuality().totalVideoFrames;
  await new Promise((done) => setTimeout(done, 500));
  return video.videoWidth > 0 && video.getVideoPlaybackQuality().totalVideoFrames > before;
}));

test('from the start page into a fresh meeting; a second person by its address; both see each other; leaving', async () => {
  const anna = await openApp();
  await anna.getByRole('button', { name: 'New meeting' }).click();
  await anna.locator('.preview video').waitFor();
  await enter(anna, 'Anna');
  await anna.getByText('You are the only one here').waitFor();
  await anna.getByRole('button', { name: /copy its address/ }).click();
  const address = await anna.evaluate(() => navigator.clipboard.readText());
  assert.match(address, /\/m\/[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}$/);

  const ben = await openApp(new URL(address).pathname);
  await enter(ben, 'Ben');
  await plays(tile(ben, 'Anna'));
  await plays(tile(anna, 'Ben'));
  await plays(tile(anna, 'Anna (you)'));

  await anna.keyboard.press('m');
  await tile(ben, 'Anna').locator('.muted-mark').waitFor();
  await anna.keyboard.press('v');
  await eventually('initials instead of the picture', async () => (await tile(ben, 'Anna').locator('.avatar').count()) === 1);

  await ben.getByRole('button', { name: 'Leave' }).click();
  await ben.getByRole('dialog').getByRole('button', { name: 'Leave', exact: true }).click();
  await ben.getByRole('heading', { name: 'You left the meeting' }).waitFor();
  await eventually('Ben’s tile to go', async () => (await tile(anna, 'Ben').count()) === 0);
  await ben.getByRole('button', { name: 'Join again' }).click();
  await ben.getByLabel('Your name').waitFor();
  await goodbye(anna, ben);
});

test('chat shows what is unread, sends with Enter, and links addresses; hands go up', async () => {
  const roomId = await on.server.createRoom();
  const anna = await openApp(`/m/${roomId}`);
  await enter(anna, 'Anna');
  const ben = await openApp(`/m/${roomId}`);
  await enter(ben, 'Ben');
  await ben.keyboard.press('c');
  await ben.getByLabel('Message to everyone').fill('see https://example.org/x <b>bold</b>');
  await ben.keyboard.press('Enter');
  await anna.getByRole('button', { name: 'Chat, 1 unread' }).click();
  const message = anna.locator('.message', { hasText: 'Ben' });
  assert.equal(await message.locator('a').getAttribute('href'), 'https://example.org/x');
  assert.ok((await message.textContent()).includes('<b>bold</b>'), 'markup stays text');
  await anna.getByRole('button', { name: 'Chat', exact: true }).waitFor();
  await anna.getByRole('button', { name: 'Raise your hand' }).click();
  await tile(ben, 'Anna').getByLabel('Raised hand').waitFor();
  await goodbye(anna, ben);
});

test('a guest knocks and is admitted with a click; a moderator mutes, asks, and removes', async () => {
  const roomId = await on.server.createRoom();
  const anna = await openApp(`/m/${roomId}`);
  await enter(anna, 'Anna');
  const guest = await openApp(`/m/${roomId}?token=${on.server.token({ permissions: ['ask_join'] })}`);
  await guest.getByLabel('Your name').fill('Guest');
  await guest.getByRole('button', { name: 'Join meeting' }).click();
  await guest.getByText('Someone in the meeting will let you in').waitFor();
  await anna.getByRole('button', { name: 'Admit' }).first().click();
  await guest.getByRole('toolbar').waitFor();

  await anna.keyboard.press('p');
  await anna.getByRole('button', { name: 'Mute Guest' }).click();
  await guest.getByRole('button', { name: 'Turn microphone on' }).waitFor();
  await anna.getByRole('button', { name: 'Ask Guest to unmute' }).click();
  await guest.getByRole('button', { name: 'Turn on', exact: true }).click();
  await guest.getByRole('button', { name: 'Turn microphone off' }).waitFor();
  await anna.getByRole('button', { name: 'Remove Guest' }).click();
  await anna.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await guest.getByText('Someone removed you').waitFor();
  await goodbye(anna, guest);
});

test('a screen share becomes the main picture, for the one who shares too', async () => {
  const roomId = await on.server.createRoom();
  const anna = await openApp(`/m/${roomId}`);
  await enter(anna, 'Anna');
  const ben = await openApp(`/m/${roomId}`);
  await enter(ben, 'Ben');
  await ben.getByRole('button', { name: 'Share your screen' }).click();
  await plays(anna.locator('.main-picture figure.share', { hasText: 'Ben’s screen' }));
  await ben.locator('.main-picture', { hasText: 'Your screen' }).waitFor();
  await ben.getByRole('button', { name: 'Stop sharing' }).click();
  await eventually('the grid to be back', async () => (await anna.locator('.main-picture').count()) === 0);
  await goodbye(anna, ben);
});

test('what cannot work says why', async () => {
  const nowhere = await openApp('/m/abcd-abcd-abcd');
  await nowhere.getByRole('heading', { name: 'There is no such meeting' }).waitFor();
  const nothing = await openApp('/no/such/page');
  await nothing.getByRole('heading', { name: 'There is nothing here' }).waitFor();
  const roomId = await on.server.createRoom();
  const forged = await openApp(`/m/${roomId}?token=forged`);
  await forged.getByLabel('Your name').fill('Eve');
  await forged.getByRole('button', { name: 'Join meeting' }).click();
  await forged.getByRole('heading', { name: 'Your invitation is not valid' }).waitFor();
  const denied = await openApp(`/m/${roomId}`, { permissions: [] });
  await denied.getByLabel('Your name').fill('Nobody');
  await enter(denied, 'Nobody');
  await goodbye(nowhere, nothing, forged, denied);
});

test('six people fit on a phone: no tile is cut off and every control can be reached', async () => {
  const roomId = await on.server.createRoom();
  const token = on.server.token();
  const phone = await openApp(`/m/${roomId}`, { viewport: { width: 360, height: 700 }, isMobile: true, hasTouch: true });
  await enter(phone, 'Phone');
  const others = [];
  for (const name of ['anna', 'ben', 'cleo', 'dora', 'emil']) {
    others.push(await (await Person.arrive(on.browser, on.page, name)).join({ token, meetingId: roomId, webcamEnabled: false }));
  }
  await eventually('six tiles', async () => (await phone.locator('figure.tile').count()) === 6);
  const outside = await phone.evaluate(() => [...document.querySelectorAll('figure.tile, .controls button')].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.left < -1 || box.right > innerWidth + 1 || box.top < -1 || box.bottom > innerHeight + 1 || box.width < 30;
  }).map((element) => element.getAttribute('aria-label')));
  assert.deepEqual(outside, []);
  await Promise.all(others.map((other) => other.close()));
  await goodbye(phone);
});
