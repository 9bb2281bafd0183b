// A page written for VideoSDK runs with the script's address changed and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scene } from './support/scene.mjs';
import { eventually } from './support/server.mjs';

const on = scene({ script: 'videosdk.js' });

test('the global VideoSDK joins, publishes the camera and microphone, chats and leaves', async () => {
  const meetingId = await on.server.createRoom();
  const token = on.server.token();
  const join = async (name) => {
    const tab = await (await on.browser.newContext({ permissions: ['camera', 'microphone'] })).newPage();
    await tab.goto(on.page.url);
    await tab.evaluate(({ token, meetingId, name }) => {
      window.VideoSDK.config(token);
      const meeting = window.VideoSDK.initMeeting({ meetingId, name, micEnabled: true, webcamEnabled: true });
      window.meeting = meeting;
      window.log = [];
      meeting.on('meeting-joined', () => {
        window.log.push('joined');
        meeting.pubSub.subscribe('CHAT', { onMessageReceived: (m) => window.log.push(`chat ${m.senderName}: ${m.message}`) });
      });
      meeting.on('meeting-left', () => window.log.push('left'));
      meeting.on('participant-joined', (participant) => {
        window.log.push(`in ${participant.displayName}`);
        participant.on('stream-enabled', (stream) => {
          const element = document.createElement(stream.kind === 'audio' ? 'audio' : 'video');
          element.srcObject = new MediaStream([stream.track]);
          element.autoplay = true;
          element.id = `${participant.displayName}-${stream.kind}`;
          document.body.append(element);
        });
      });
      meeting.on('participant-left', (participant) => window.log.push(`out ${participant.displayName}`));
      meeting.join();
    }, { token, meetingId, name });
    await eventually(`${name} to be joined`, () => tab.evaluate(() => window.log.includes('joined')));
    return tab;
  };
  const anna = await join('Anna');
  const ben = await join('Ben');
  await eventually('a picture of Anna at Ben', () => ben.evaluate(() => document.querySelector('#Anna-video')?.videoWidth > 0));
  await eventually('a picture of Ben at Anna', () => anna.evaluate(() => document.querySelector('#Ben-video')?.videoWidth > 0));
  await ben.evaluate(() => window.meeting.pubSub.publish('CHAT', 'hi', { persist: true }));
  await eventually('the chat line', () => anna.evaluate(() => window.log.includes('chat Ben: hi')));
  await ben.evaluate(() => window.meeting.leave());
  await eventually('Ben to be gone', () => anna.evaluate(() => window.log.includes('out Ben')));
  assert.ok(await ben.evaluate(() => window.log.includes('left')));
});
