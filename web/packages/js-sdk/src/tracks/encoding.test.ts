import { describe, expect, it } from 'vitest';
import { kDefaultCamera, layerCount, scalableEncoding, simulcastEncodings } from './encoding.js';
import { kCameraPresets, kMicrophonePresets, kSharePresets, kbpsForHeight } from './presets.js';

describe('presets', () => {
  it('have the sizes and shapes that their names say', () => {
    for (const [name, { height, width }] of Object.entries(kCameraPresets)) expect(name).toBe(`h${height}p_w${width}p`);
    for (const [name, { height, frameRate }] of Object.entries(kSharePresets))
      expect(name).toBe(`h${height}p_${frameRate}fps`);
    expect(Object.keys(kCameraPresets)).toHaveLength(18);
    expect(kSharePresets.h480p_15fps.width).toBe(853);
  });
  it('cost more the better they are', () => {
    for (const { kbps } of Object.values(kCameraPresets)) {
      expect(kbps.bandwidth_optimized).toBeLessThan(kbps.balanced);
      expect(kbps.balanced).toBeLessThan(kbps.high_quality);
    }
    expect(kCameraPresets.h720p_w1280p.kbps).toEqual({ bandwidth_optimized: 1000, balanced: 1500, high_quality: 2000 });
  });
  it('process speech and leave music alone', () => {
    for (const [name, { processing, stereo }] of Object.entries(kMicrophonePresets)) {
      expect(processing).toBe(name.startsWith('speech'));
      expect(stereo).toBe(name.includes('stereo'));
    }
  });
  it('give other sizes what the next one costs', () => {
    expect([10, 180, 340, 720, 5000].map((height) => kbpsForHeight(height))).toEqual([100, 150, 400, 1500, 8500]);
    expect(kbpsForHeight(720, 'high_quality')).toBe(2000);
  });
});

describe('layers', () => {
  it('are as many as the picture is worth', () => {
    expect([90, 180, 270, 360, 539, 540, 720, 2160].map((height) => layerCount(kDefaultCamera, height))).toEqual([
      1, 1, 2, 2, 2, 3, 3, 3,
    ]);
    expect(layerCount({ ...kDefaultCamera, maxLayer: 2 }, 1080)).toBe(2);
    expect(layerCount({ ...kDefaultCamera, multiStream: false }, 1080)).toBe(1);
  });

  const shape = (encodings: RTCRtpEncodingParameters[]) =>
    encodings.map((e) => [e.rid, e.active, e.scaleResolutionDownBy, e.maxBitrate]);

  it('fill up from the lowest rid', () => {
    expect(shape(simulcastEncodings(kDefaultCamera, 720, 2))).toEqual([
      ['q', true, 4, 150_000],
      ['h', true, 2, 400_000],
      ['f', true, 1, 1_500_000],
    ]);
    expect(shape(simulcastEncodings(kDefaultCamera, 360, 2))).toEqual([
      ['q', true, 2, 150_000],
      ['h', true, 1, 400_000],
      ['f', false, 1, 400_000],
    ]);
    expect(
      shape(simulcastEncodings({ ...kDefaultCamera, multiStream: false, kbps: 900 }, 720, 2)).map(
        ([rid, active, scale, rate]) => [rid, active, scale, rate],
      )[0],
    ).toEqual(['q', true, 1, 900_000]);
  });

  it('that nobody watches are off, but never the lowest', () => {
    expect(simulcastEncodings(kDefaultCamera, 720, 1).map((e) => e.active)).toEqual([true, true, false]);
    expect(simulcastEncodings(kDefaultCamera, 720, 0).map((e) => e.active)).toEqual([true, false, false]);
    expect(simulcastEncodings(kDefaultCamera, 720, -1).map((e) => e.active)).toEqual([true, false, false]);
    // What is watched of a small picture is its own top layer, whatever number that has.
    expect(simulcastEncodings(kDefaultCamera, 360, 2).map((e) => e.active)).toEqual([true, true, false]);
  });

  it('of a preset have its rate at the top, and never more below', () => {
    const encodings = simulcastEncodings({ ...kDefaultCamera, kbps: 300, frameRate: 20 }, 720, 2);
    expect(encodings.map((e) => e.maxBitrate)).toEqual([150_000, 300_000, 300_000]);
    expect(encodings.every((e) => e.maxFramerate === 20)).toBe(true);
  });

  it('inside one stream: fewer of them, of the same small size', () => {
    const mode = (height: number, maxLayer: number) => {
      const [encoding] = scalableEncoding(kDefaultCamera, height, maxLayer) as (RTCRtpEncodingParameters & {
        scalabilityMode: string;
      })[];
      return [encoding?.scalabilityMode, encoding?.scaleResolutionDownBy];
    };
    expect([mode(720, 2), mode(720, 1), mode(720, 0), mode(360, 2), mode(180, 2), mode(720, -1)]).toEqual([
      ['L3T3_KEY', 1],
      ['L2T3_KEY', 2],
      ['L1T3', 4],
      ['L2T3_KEY', 1],
      ['L1T3', 1],
      ['L1T3', 4],
    ]);
  });
});
