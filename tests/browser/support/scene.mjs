// What a file of tests needs around it: a server of its own, an application's page, and Chromium.
import { after, before } from 'node:test';
import { launchChromium, Person, startPage } from './browser.mjs';
import { Server } from './server.mjs';

/** Sets up before the first test of the file and takes down after the last; the parts are there while tests run. */
export function scene({ serverArgs = [], script = 'parley.js' } = {}) {
  const on = {
    server: undefined,
    page: undefined,
    browser: undefined,
    /** These people, joined one after the other to a fresh room (or `meetingId`), allowed everything. */
    async meet(names, { meetingId, ...options } = {}) {
      meetingId ??= await on.server.createRoom();
      const token = on.server.token({ permissions: ['allow_join', 'allow_mod'] });
      const people = [];
      for (const name of names) {
        people.push(await (await Person.arrive(on.browser, on.page, name)).join({ token, meetingId, ...options }));
      }
      return { people, meetingId, token };
    },
  };
  before(async () => {
    on.server = await Server.start(serverArgs);
    on.page = await startPage(on.server, script);
    on.browser = await launchChromium();
  });
  after(async () => {
    await on.browser?.close();
    on.page?.close();
    await on.server?.close();
  });
  return on;
}
