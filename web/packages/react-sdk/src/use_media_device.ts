import { type MediaDevice, Parley } from '@parley/js-sdk';
import { useEffect, useRef } from 'react';

const FUNCTIONS = {
  getDevices: () => Parley.getDevices(),
  getCameras: () => Parley.getCameras(),
  getMicrophones: () => Parley.getMicrophones(),
  getPlaybackDevices: () => Parley.getPlaybackDevices(),
  checkPermissions: (...args: Parameters<typeof Parley.checkPermissions>) => Parley.checkPermissions(...args),
  requestPermission: (...args: Parameters<typeof Parley.requestPermission>) => Parley.requestPermission(...args),
};

/** Devices and permissions; works without a meeting. */
export function useMediaDevice(handlers: { onDeviceChanged?: (change: { devices: MediaDevice[] }) => void } = {}): typeof FUNCTIONS {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    const listener = (change: { devices: MediaDevice[] }) => latest.current.onDeviceChanged?.(change);
    Parley.on('device-changed', listener);
    return () => {
      Parley.off('device-changed', listener);
    };
  }, []);
  return FUNCTIONS;
}
