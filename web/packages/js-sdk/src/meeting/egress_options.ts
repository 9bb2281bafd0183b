import type {
  EgressConfig,
  EgressKind,
  EgressLayout,
  LivestreamOutput,
  RecordingConfig,
  TranscriptionOptions,
} from '../api/egress.js';
import { ErrorCode, ParleyError } from '../errors.js';
import { parseObject } from '../room/convert.js';

/**
 * Bodies of the REST calls that start and change recordings, livestreams and HLS, from the arguments of VideoSDK's methods.
 * Known fields are checked here, so that a page's author reads at once what is wrong; what is not known is the server's to judge.
 */

/** VideoSDK's limit of tiles. */
const kMaxGridSize = 25;
/** VideoSDK's number for outputs that cannot be used; the server answers with the same. */
export const kBadOutputs = 4015;

const kChoices: Readonly<Record<string, readonly string[]>> = {
  'config.theme': ['DARK', 'LIGHT', 'DEFAULT'],
  'config.mode': ['video-and-audio', 'audio'],
  'config.quality': ['low', 'med', 'high', 'ultra'],
  'config.orientation': ['landscape', 'portrait'],
  'config.layout.type': ['GRID', 'SPOTLIGHT', 'SIDEBAR'],
  'config.layout.priority': ['SPEAKER', 'PIN'],
  'config.fileFormat': ['mp4', 'webm'],
};

function bad(message: string): ParleyError {
  return new ParleyError(ErrorCode.BAD_PARAMETER, message);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkChoices(value: Record<string, unknown>, path: string): void {
  for (const [name, field] of Object.entries(value)) {
    const allowed = kChoices[`${path}.${name}`];
    if (!allowed || field === undefined || allowed.includes(field as string)) continue;
    throw bad(
      `${path}.${name} is ${allowed.join(', ').replace(/, (?=[^,]*$)/, ' or ')}, not ${JSON.stringify(field)}.`,
    );
  }
}

/** As it was given, if nothing in it is wrong. */
export function checkConfig<Config extends EgressConfig>(config: Config): Config {
  if (!isObject(config)) throw bad('config is an object.');
  checkChoices(config, 'config');
  const { layout } = config as EgressConfig;
  if (layout === undefined) return config;
  if (!isObject(layout)) throw bad('config.layout is an object.');
  checkChoices(layout, 'config.layout');
  const gridSize = layout.gridSize as number | undefined;
  if (gridSize !== undefined && !(Number.isInteger(gridSize) && gridSize >= 0 && gridSize <= kMaxGridSize)) {
    throw bad(`config.layout.gridSize is a whole number from 0 to ${kMaxGridSize}.`);
  }
  return config;
}

function checkText(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw bad(`${name} is a string.`);
  return value;
}

function checkWebhookUrl(value: unknown): string | undefined {
  const url = checkText(value, 'webhookUrl');
  if (url !== undefined && !/^https?:\/\/[^\s/]/i.test(url)) throw bad('webhookUrl begins with https:// or http://.');
  return url;
}

function refuseTranscription(transcription: TranscriptionOptions | null | undefined): void {
  if (transcription?.enabled || transcription?.summary?.enabled) {
    throw new ParleyError(ErrorCode.UNSUPPORTED, 'This server does not transcribe: leave transcription out.');
  }
}

/** Throws 4015 if one of them cannot be a destination. Stream keys are not repeated in the message. */
export function checkOutputs(outputs: readonly LivestreamOutput[]): LivestreamOutput[] {
  if (!Array.isArray(outputs) || outputs.length === 0) {
    throw new ParleyError(kBadOutputs, 'A livestream needs at least one output {url, streamKey}.');
  }
  return outputs.map((output: unknown, index) => {
    const fail = (what: string) => new ParleyError(kBadOutputs, `outputs[${index}]${what}`);
    if (!isObject(output)) throw fail(' is an object {url, streamKey}.');
    const { url, streamKey } = output;
    if (typeof url !== 'string' || !/^rtmps?:\/\/[^\s/]+(\/\S*)?$/i.test(url)) {
      throw fail('.url begins with rtmp:// or rtmps:// and a host.');
    }
    if (streamKey === undefined || streamKey === null) return { url, streamKey: '' };
    if (typeof streamKey !== 'string' || /\s/.test(streamKey)) throw fail('.streamKey is a string without spaces.');
    return { url, streamKey };
  });
}

/** The body of a start: `config`, and what the kind has besides. */
export interface StartOptions {
  config?: EgressConfig;
  [field: string]: unknown;
}

export function recordingOptions(
  webhookUrl?: string | null,
  awsDirPath?: string | null,
  config?: RecordingConfig | null,
  transcription?: TranscriptionOptions | null,
): StartOptions {
  refuseTranscription(transcription);
  const { fileFormat, ...rest } = checkConfig(config ?? {});
  return {
    webhookUrl: checkWebhookUrl(webhookUrl),
    awsDirPath: checkText(awsDirPath, 'awsDirPath'),
    fileFormat,
    ...withConfig(rest),
  };
}

export function livestreamOptions(outputs: readonly LivestreamOutput[], config?: EgressConfig | null): StartOptions {
  return { outputs: checkOutputs(outputs), ...withConfig(checkConfig(config ?? {})) };
}

export function hlsOptions(config?: EgressConfig | null, transcription?: TranscriptionOptions | null): StartOptions {
  refuseTranscription(transcription);
  return withConfig(checkConfig(config ?? {}));
}

function withConfig(config: EgressConfig): { config?: EgressConfig } {
  return Object.keys(config).length > 0 ? { config } : {};
}

const kLayoutTopics: Readonly<Record<string, EgressKind>> = {
  RECORDING_LAYOUT: 'recording',
  LIVE_STREAM_LAYOUT: 'livestream',
  HLS_LAYOUT: 'hls',
};

/**
 * What a message on one of VideoSDK's layout topics wants changed: `{layout: {…}}` as JSON text or as payload. Undefined for any
 * other message.
 */
export function layoutWish(
  topic: string,
  message: string,
  payload?: Record<string, unknown>,
): { kind: EgressKind; layout: EgressLayout } | undefined {
  const kind = Object.hasOwn(kLayoutTopics, topic) ? kLayoutTopics[topic] : undefined;
  if (!kind) return undefined;
  const { layout } = [parseObject(message), payload].find((value) => isObject(value?.layout)) ?? {};
  return layout === undefined ? undefined : { kind, layout: layout as EgressLayout };
}
