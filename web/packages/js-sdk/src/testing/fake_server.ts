import type { ClientMessage } from '@parley/wire';
import { valuesOf } from './fake_browser.js';
import type { ClientCase, ClientValue, FakeBrowser, FakeSocket, ServerInit } from './fake_browser.js';

type Joined = Extract<NonNullable<ServerInit['body']>, { case: 'joined' }>['value'];

export const kJoined = {
  roomId: 'abcd-efgh-ijkl',
  sessionId: 'session-1',
  participantId: 'me',
  answerSdp: 'v=0\r\nanswer',
  permissions: ['allow_join'],
  resumeKey: 'key',
  pingIntervalMs: 5000,
  gracePeriodMs: 30000,
  room: {},
};

/** Answers a client as a well-behaved server would, and lets tests say more. */
export class FakeServer {
  readonly log: ClientMessage[] = [];
  joined: Joined = kJoined;
  /** Instead of the usual answer; undefined for none at all. */
  answers: Partial<Record<string, (message: ClientMessage) => ServerInit['body'] | undefined>> = {};
  /** Sockets are not accepted. */
  down = false;
  private seq_ = 0n;

  constructor(private readonly browser_: FakeBrowser) {
    browser_.onSocket = (socket) => this.accept(socket);
  }

  /** To the socket in use, numbered. */
  say(body: ServerInit['body']): void {
    this.browser_.socket.say({ seq: ++this.seq_, body });
  }

  all<Case extends ClientCase>(kind: Case): ClientValue<Case>[] {
    return valuesOf(this.log, kind);
  }

  private accept(socket: FakeSocket): void {
    if (this.down) return socket.cut();
    socket.onClientMessage = (message) => {
      this.log.push(message);
      queueMicrotask(() => this.answer(socket, message));
    };
    socket.open();
  }

  private answer(socket: FakeSocket, message: ClientMessage): void {
    const kind = message.body.case ?? '';
    const custom = this.answers[kind];
    const body = custom ? custom(message) : this.usual(message);
    if (kind === 'join') this.seq_ = 0n;
    if (!body) return;
    const seq = body.case === 'pong' ? 0n : ++this.seq_;
    socket.say({ seq, replyTo: message.id, body });
  }

  private usual({ id, body }: ClientMessage): ServerInit['body'] | undefined {
    switch (body.case) {
      case 'join':
        return { case: 'joined', value: this.joined };
      case 'resume':
        return { case: 'resumed', value: { replayed: true } };
      case 'renegotiate':
        return { case: 'negotiated', value: { answerSdp: 'v=0\r\nanswer' } };
      case 'changeMode':
        return body.value.offer
          ? { case: 'negotiated', value: { answerSdp: 'v=0\r\nanswer' } }
          : { case: 'ok', value: {} };
      case 'pubsubSubscribe':
        return { case: 'subscribed', value: {} };
      case 'ping':
        return { case: 'pong', value: {} };
      case 'leave':
        return { case: 'left', value: { reason: { code: 1101 } } };
      default:
        return id > 0 ? { case: 'ok', value: {} } : undefined;
    }
  }
}
