import type { MediaDevice, PermissionKind } from '../api/values.js';
import type { Browser } from '../browser/adapter.js';
import { captureError } from './capture.js';

/** What the label of a phone's camera says about where it looks. */
export function facingModeOf(label: string): 'user' | 'environment' | undefined {
  if (/back|rear|environment|rück|world/i.test(label)) return 'environment';
  if (/front|user|face|selfie/i.test(label)) return 'user';
  return undefined;
}

function toDevice({ deviceId, groupId, kind, label }: MediaDeviceInfo): MediaDevice {
  const facingMode = kind === 'videoinput' ? facingModeOf(label) : undefined;
  return { deviceId, groupId, kind, label, ...(facingMode && { facingMode }) };
}

export async function listDevices(browser: Browser, kind?: MediaDeviceKind): Promise<MediaDevice[]> {
  const devices = await browser.enumerateDevices();
  return devices.filter((device) => !kind || device.kind === kind).map(toDevice);
}

type Media = 'audio' | 'video';

function mediaOf(kind: PermissionKind): Media[] {
  return kind === 'audio_video' ? ['audio', 'video'] : [kind];
}

export async function checkPermissions(browser: Browser, kind: PermissionKind): Promise<Map<Media, boolean>> {
  const result = new Map<Media, boolean>();
  for (const media of mediaOf(kind)) {
    result.set(media, (await browser.permission(media === 'audio' ? 'microphone' : 'camera')) === 'granted');
  }
  return result;
}

/** One question for both where the browser can ask it; each alone if that fails, since one of the devices may be missing. */
export async function requestPermission(browser: Browser, kind: PermissionKind): Promise<Map<Media, boolean>> {
  const wanted = mediaOf(kind);
  const ask = async (media: readonly Media[]) => {
    const stream = await browser.getUserMedia(Object.fromEntries(media.map((name) => [name, true])));
    for (const track of stream.getTracks()) track.stop();
  };
  const result = new Map<Media, boolean>(wanted.map((media) => [media, true]));
  try {
    await ask(wanted);
    return result;
  } catch (error) {
    if (wanted.length === 1 && !isDenial(error))
      throw captureError(wanted[0] === 'audio' ? 'microphone' : 'camera', error);
  }
  for (const media of wanted) {
    const granted =
      wanted.length > 1 &&
      (await ask([media]).then(
        () => true,
        () => false,
      ));
    result.set(media, granted);
  }
  return result;
}

function isDenial(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NotAllowedError' || error.name === 'SecurityError');
}
