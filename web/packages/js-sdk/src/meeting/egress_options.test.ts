import { describe, expect, it } from 'vitest';
import { ErrorCode, ParleyError } from '../errors.js';
import {
  checkConfig,
  checkOutputs,
  hlsOptions,
  kBadOutputs,
  layoutWish,
  livestreamOptions,
  recordingOptions,
} from './egress_options.js';

const kYouTube = { url: 'rtmp://a.rtmp.youtube.com/live2', streamKey: 'secret-key' };

function refusal(work: () => unknown): ParleyError {
  try {
    work();
  } catch (error) {
    return error as ParleyError;
  }
  throw new Error('was not refused');
}

describe('the bodies', () => {
  it('of a recording have VideoSDK’s fields; what is not given is left out', () => {
    const all = recordingOptions('https://example.org/hook', 'records/1', {
      layout: { type: 'SIDEBAR', priority: 'PIN', gridSize: 9 },
      theme: 'LIGHT',
      quality: 'high',
      orientation: 'portrait',
      mode: 'video-and-audio',
      fileFormat: 'webm',
    });
    expect(JSON.parse(JSON.stringify(all))).toEqual({
      webhookUrl: 'https://example.org/hook',
      awsDirPath: 'records/1',
      fileFormat: 'webm',
      config: {
        layout: { type: 'SIDEBAR', priority: 'PIN', gridSize: 9 },
        theme: 'LIGHT',
        quality: 'high',
        orientation: 'portrait',
        mode: 'video-and-audio',
      },
    });
    for (const none of [recordingOptions(), recordingOptions(null, '', {}), recordingOptions(undefined, null, null)]) {
      expect(JSON.stringify(none)).toBe('{}');
    }
  });

  it('of a livestream and of HLS', () => {
    expect(livestreamOptions([{ ...kYouTube, name: 'mine' } as never], { theme: 'DARK' })).toEqual({
      outputs: [kYouTube],
      config: { theme: 'DARK' },
    });
    expect(livestreamOptions([{ url: 'rtmp://own.example/app/name' }])).toEqual({
      outputs: [{ url: 'rtmp://own.example/app/name', streamKey: '' }],
    });
    expect(hlsOptions({ mode: 'audio' }, { enabled: false })).toEqual({ config: { mode: 'audio' } });
  });

  it('leave what they do not know to the server', () => {
    expect(checkConfig({ frameRate: 25, layout: { border: 2 } } as never)).toEqual({
      frameRate: 25,
      layout: { border: 2 },
    });
  });
});

describe('what is wrong is named', () => {
  it.each([
    [() => checkConfig([] as never), 'config is an object.'],
    [() => checkConfig({ quality: '4k' } as never), 'config.quality is low, med, high or ultra, not "4k".'],
    [() => checkConfig({ theme: null } as never), 'config.theme is DARK, LIGHT or DEFAULT, not null.'],
    [
      () => checkConfig({ orientation: 'sideways' } as never),
      'config.orientation is landscape or portrait, not "sideways".',
    ],
    [() => checkConfig({ layout: 'GRID' } as never), 'config.layout is an object.'],
    [
      () => checkConfig({ layout: { type: 'grid' } } as never),
      'config.layout.type is GRID, SPOTLIGHT or SIDEBAR, not "grid".',
    ],
    [() => checkConfig({ layout: { gridSize: 26 } }), 'config.layout.gridSize is a whole number from 0 to 25.'],
    [() => checkConfig({ layout: { gridSize: 1.5 } }), 'config.layout.gridSize is a whole number from 0 to 25.'],
    [
      () => checkConfig({ layout: { gridSize: '4' } } as never),
      'config.layout.gridSize is a whole number from 0 to 25.',
    ],
    [() => recordingOptions('example.org'), 'webhookUrl begins with https:// or http://.'],
    [() => recordingOptions(7 as never), 'webhookUrl is a string.'],
    [() => recordingOptions(null, {} as never), 'awsDirPath is a string.'],
    [
      () => recordingOptions(null, null, { fileFormat: 'avi' } as never),
      'config.fileFormat is mp4 or webm, not "avi".',
    ],
  ])('%#', (work, message) => {
    const error = refusal(work);
    expect(error.message).toBe(message);
    expect(error.code).toBe(ErrorCode.BAD_PARAMETER);
  });

  it.each([
    [[], 'A livestream needs at least one output {url, streamKey}.'],
    ['rtmp://x', 'A livestream needs at least one output {url, streamKey}.'],
    [[kYouTube, null], 'outputs[1] is an object {url, streamKey}.'],
    [[{ ...kYouTube, url: 'https://a.example/live' }], 'outputs[0].url begins with rtmp:// or rtmps:// and a host.'],
    [[{ ...kYouTube, url: 'rtmp://' }], 'outputs[0].url begins with rtmp:// or rtmps:// and a host.'],
    [[{ ...kYouTube, url: 'rtmp://a.example/li ve' }], 'outputs[0].url begins with rtmp:// or rtmps:// and a host.'],
    [[kYouTube, { ...kYouTube, streamKey: 7 }], 'outputs[1].streamKey is a string without spaces.'],
    [[{ ...kYouTube, streamKey: ' k' }], 'outputs[0].streamKey is a string without spaces.'],
  ])('outputs %#', (outputs, message) => {
    const error = refusal(() => checkOutputs(outputs as never));
    expect(error.message).toBe(message);
    expect(error.code).toBe(kBadOutputs);
    expect(error.message).not.toContain(kYouTube.streamKey);
  });

  it('transcription is not done, and not passed over in silence', () => {
    for (const wish of [{ enabled: true }, { summary: { enabled: true } }]) {
      expect(refusal(() => recordingOptions(null, null, null, wish)).code).toBe(ErrorCode.UNSUPPORTED);
      expect(refusal(() => hlsOptions(null, wish)).code).toBe(ErrorCode.UNSUPPORTED);
    }
  });
});

describe('a layout on a topic', () => {
  const layout = { type: 'SPOTLIGHT', priority: 'PIN' };
  it.each([
    ['RECORDING_LAYOUT', 'recording'],
    ['LIVE_STREAM_LAYOUT', 'livestream'],
    ['HLS_LAYOUT', 'hls'],
  ])('%s is for the %s', (topic, kind) => {
    expect(layoutWish(topic, JSON.stringify({ layout }))).toEqual({ kind, layout });
    expect(layoutWish(topic, 'new layout', { layout })).toEqual({ kind, layout });
  });

  it('anything else is an ordinary message', () => {
    for (const message of ['', '{', '"GRID"', '{"layout":"GRID"}', '{"other":1}']) {
      expect(layoutWish('RECORDING_LAYOUT', message)).toBeUndefined();
    }
    for (const topic of ['MEETING_LAYOUT', 'CHAT', 'constructor']) {
      expect(layoutWish(topic, JSON.stringify({ layout }))).toBeUndefined();
    }
  });
});
