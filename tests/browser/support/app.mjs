// The web app's pages, opened and entered as a person does.
import assert from 'node:assert/strict';

export const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

/** Opens a page of the app on a device of its own; script errors are kept in `tab.problems`. */
export async function openApp(on, path = '/', { before = async () => {}, ...options } = {}) {
  const context = await on.browser.newContext({ permissions: ['camera', 'microphone', 'clipboard-read', 'clipboard-write'], viewport: { width: 1280, height: 800 }, ...options });
  const tab = await context.newPage();
  tab.problems = [];
  tab.on('pageerror', (error) => tab.problems.push(String(error.stack ?? error)));
  await before(tab);
  await tab.goto(on.server.url + path);
  return tab;
}

export async function enter(tab, name) {
  await tab.getByLabel('Your name').fill(name);
  await tab.getByRole('button', { name: 'Join meeting' }).click();
  await tab.getByRole('toolbar', { name: 'Meeting controls' }).waitFor();
}

export async function goodbye(...tabs) {
  for (const tab of tabs) assert.deepEqual(tab.problems, [], 'no script error on the page');
  await Promise.all(tabs.map((tab) => tab.context().close()));
}
