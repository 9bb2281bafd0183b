// Makes the pictures of the app in docs/images: a real meeting of drawn people, through a real server, recorded by a real worker.
//   node tests/browser/picture.mjs
import { resolve } from 'node:path';
import { Person, launchChromium, startPage } from './support/browser.mjs';
import { Server } from './support/server.mjs';

const OUT = resolve(import.meta.dirname, '../../docs/images');
const PEOPLE = [
  { id: 'amara', name: 'Amara Okafor', wall: ['#31557a', '#16283f'], skin: '#7a4a2e', hair: '#1b1210', shirt: '#e8b04a', long: true },
  { id: 'jonas', name: 'Jonas Weber', wall: ['#5d7a5a', '#26382a'], skin: '#edc09c', hair: '#8a5a2b', shirt: '#3f6fb5', long: false },
  { id: 'mei', name: 'Mei Tanaka', wall: ['#7a5a6d', '#38243a'], skin: '#f1cfae', hair: '#15131a', shirt: '#c2566a', long: true },
  { id: 'luis', name: 'Luis Ortega', wall: ['#87694a', '#3f2d20'], skin: '#c98f62', hair: '#2a1d16', shirt: '#4b9184', long: false },
];

/** Runs in the page: a camera picture of a drawn person who moves a little. */
function drawnCamera({ wall, skin, hair, shirt, long }) {
  const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
  const draw = canvas.getContext('2d');
  const oval = (x, y, rx, ry, color) => { draw.fillStyle = color; draw.beginPath(); draw.ellipse(x, y, rx, ry, 0, 0, 7); draw.fill(); };
  let frame = 0;
  const paint = () => {
    const sway = Math.sin(frame++ / 14) * 7;
    const room = draw.createLinearGradient(0, 0, 1280, 720);
    room.addColorStop(0, wall[0]);
    room.addColorStop(1, wall[1]);
    draw.fillStyle = room;
    draw.fillRect(0, 0, 1280, 720);
    draw.fillStyle = 'rgb(255 255 255 / 9%)';
    draw.fillRect(90, 90, 250, 330);
    draw.fillRect(950, 330, 260, 16);
    for (let i = 0; i < 6; i++) draw.fillRect(965 + i * 36, 235 + (i % 3) * 14, 26, 95 - (i % 3) * 14);
    const x = 640 + sway;
    if (long) oval(x, 380, 178, 250, hair);
    oval(x, 800, 350, 270, shirt);
    oval(x, 555, 68, 95, skin);
    oval(x, 375, 132, 168, skin);
    draw.save();
    draw.beginPath();
    draw.rect(0, 0, 1280, long ? 320 : 300);
    draw.clip();
    oval(x, 355, 152, 172, hair);
    draw.restore();
    oval(x, 395, 118, 120, skin);
    const blink = frame % 70 < 4 ? 2 : 12;
    for (const side of [-1, 1]) oval(x + side * 50, 375, 11, blink, '#241c1a');
    draw.strokeStyle = '#8d3f3a';
    draw.lineWidth = 8;
    draw.lineCap = 'round';
    draw.beginPath();
    draw.arc(x, 430, 44, 0.35, Math.PI - 0.35);
    draw.stroke();
  };
  paint();
  setInterval(paint, 50);
  return canvas.captureStream(20);
}

const server = await Server.start(['--app-access', 'open']);
const page = await startPage(server);
const browser = await launchChromium();
const meetingId = await server.createRoom();
const token = server.token();
for (const person of PEOPLE.slice(1)) {
  const guest = await Person.arrive(browser, page, person.id);
  await guest.run(`window.drawnCamera = ${drawnCamera}`);
  await guest.run(async ({ token, meetingId, person }) => {
    Parley.config(token);
    window.meeting = Parley.initMeeting({ meetingId, participantId: person.id, name: person.name, webcamEnabled: true, micEnabled: true, customCameraVideoTrack: window.drawnCamera(person) });
    await window.meeting.join();
  }, { token, meetingId, person });
  await guest.run((text) => meeting.pubSub.publish('CHAT', text, { persist: true }), `Hello from ${person.name.split(' ')[0]}`);
}
const context = await browser.newContext({ permissions: ['camera', 'microphone'], viewport: { width: 1440, height: 810 }, colorScheme: 'dark' });
const app = await context.newPage();
await app.addInitScript(`navigator.mediaDevices.getUserMedia = ((real, draw, person) => async (wish) => wish.video ? draw(person) : real.call(navigator.mediaDevices, wish))(navigator.mediaDevices.getUserMedia, ${drawnCamera}, ${JSON.stringify(PEOPLE[0])})`);
await app.goto(`${server.url}/m/${meetingId}?name=${encodeURIComponent(PEOPLE[0].name)}`);
await app.getByRole('button', { name: 'Join meeting' }).click();
await app.getByRole('toolbar').waitFor();
await app.keyboard.press('c');
await app.waitForTimeout(12000);  // notices go, and pictures reach their full size
await app.screenshot({ path: `${OUT}/meeting.png` });

const dialog = app.getByRole('dialog');
const press = (name) => dialog.getByRole('button', { name, exact: true }).click();
await app.keyboard.press('c');
await app.keyboard.press('r');
await press('Start recording');
await app.locator('.mark.active').waitFor();
await app.waitForTimeout(15000);
await app.screenshot({ path: `${OUT}/app-recording.png` });
await press('Stop recording');
await press('Close');
await app.keyboard.press('l');
await press('Add another destination');
await dialog.getByLabel('Stream key', { exact: true }).first().fill('not-a-real-key-0');
await app.mouse.move(0, 0);
await app.screenshot({ path: `${OUT}/app-live.png` });
await press('Close');
const list = await context.newPage();
await list.goto(`${server.url}/recordings?room=${meetingId}`);
await list.getByRole('button', { name: /^Play/ }).click({ timeout: 30000 });
const video = list.locator('video');
await video.evaluate(async (player) => {
  player.pause();
  player.currentTime = 10;
  await new Promise((done) => player.addEventListener('seeked', done, { once: true }));
});
await list.mouse.move(0, 0);
await list.waitForTimeout(4000);  // the player's own controls go
await list.screenshot({ path: `${OUT}/app-recordings.png` });
await browser.close();
page.close();
await server.close();
process.exit(0);
