import type { Browser, Socket, SocketHandlers } from './adapter.js';

function openSocket(url: string, handlers: SocketHandlers): Socket {
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => handlers.onOpen();
  socket.onmessage = (event: MessageEvent<unknown>) => {
    if (event.data instanceof ArrayBuffer) handlers.onMessage(new Uint8Array(event.data));
  };
  socket.onclose = (event) => handlers.onClose(event.code, event.reason);
  return {
    send: (bytes) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(bytes as Uint8Array<ArrayBuffer>);
    },
    close: () => socket.close(1000),
  };
}

function listen(target: EventTarget | undefined, name: string, listener: () => void): () => void {
  target?.addEventListener(name, listener);
  return () => target?.removeEventListener(name, listener);
}

function mediaDevices(): MediaDevices {
  if (!navigator.mediaDevices) {
    throw new DOMException('Cameras and microphones need a secure page (https or localhost).', 'NotSupportedError');
  }
  return navigator.mediaDevices;
}

async function permission(name: 'camera' | 'microphone'): Promise<PermissionState> {
  try {
    return (await navigator.permissions.query({ name: name as PermissionName })).state;
  } catch {
    return 'prompt'; // Firefox before 131 does not know these names.
  }
}

/** The browser that this page runs in. */
export function windowBrowser(): Browser {
  return {
    now: () => performance.now(),
    after(milliseconds, action) {
      const timer = setTimeout(action, milliseconds);
      return () => clearTimeout(timer);
    },
    random: Math.random,
    utcNow: Date.now,
    openSocket,
    createPeer: (configuration) => new RTCPeerConnection(configuration),
    codecs(direction, kind) {
      const side = direction === 'send' ? globalThis.RTCRtpSender : globalThis.RTCRtpReceiver;
      return side?.getCapabilities?.(kind)?.codecs ?? [];
    },
    getUserMedia: async (constraints) => mediaDevices().getUserMedia(constraints),
    get getDisplayMedia() {
      const devices = navigator.mediaDevices;
      return devices?.getDisplayMedia
        ? (options: DisplayMediaStreamOptions) => devices.getDisplayMedia(options)
        : undefined;
    },
    enumerateDevices: async () => mediaDevices().enumerateDevices(),
    permission,
    createMediaStream: (tracks) => new MediaStream(tracks),
    onDeviceChange: (listener) => listen(navigator.mediaDevices, 'devicechange', listener),
    onPageHide: (listener) => listen(window, 'pagehide', listener),
    onNetworkChange: (listener) => listen(window, 'online', listener),
    describeDevice: () => ({ platform: navigator.platform, userAgent: navigator.userAgent }),
  };
}
