import { type PubSubMessage, useMeeting } from '@parley/react-sdk';
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { SendIcon } from '../ui/icons.js';
import { PanelHeader } from './panel_header.js';
import { Problem } from '../ui/problem.js';

const MAX_LENGTH = 2000;
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

interface Props {
  messages: PubSubMessage[];
  onSend: (text: string) => Promise<void>;
  onClose: () => void;
}

export function ChatPanel({ messages, onSend, onClose }: Props) {
  const { localParticipant } = useMeeting();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState('');
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'end' });
  }, [messages.length]);

  async function send(event?: FormEvent) {
    event?.preventDefault();
    const trimmed = text.trim();
    if (!trimmed) return;
    setProblem('');
    try {
      await onSend(trimmed);
      setText('');
    } catch (error) {
      setProblem(`Not sent: ${(error as Error).message}`);
    }
  }
  function onKey(event: KeyboardEvent) {
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      void send();
    }
  }

  return (
    <aside className="panel" aria-label="Chat">
      <PanelHeader title="Chat" onClose={onClose} />
      <div className="messages" role="log" aria-label="Messages">
        {messages.length === 0 && <p className="faint">No messages yet. Everyone in the meeting can read what you write here.</p>}
        {messages.map((message, i) => (
          <Message key={message.id} message={message} own={message.senderId === localParticipant?.id} follows={messages[i - 1]?.senderId === message.senderId} />
        ))}
        <div ref={end} />
      </div>
      <Problem text={problem} />
      <form className="composer" onSubmit={send}>
        <textarea value={text} onChange={(event) => setText(event.target.value)} onKeyDown={onKey} maxLength={MAX_LENGTH} rows={Math.min(4, text.split('\n').length)} placeholder="Message to everyone" aria-label="Message to everyone" />
        <button type="submit" className="primary" aria-label="Send" disabled={!text.trim()}>
          <SendIcon />
        </button>
      </form>
    </aside>
  );
}

function Message({ message, own, follows }: { message: PubSubMessage; own: boolean; follows: boolean }) {
  return (
    <div className={`message ${own ? 'own' : ''}`}>
      {!follows && (
        <div className="message-head">
          <strong>{own ? 'You' : message.senderName || message.senderId}</strong> <time>{time.format(message.timestamp)}</time>
        </div>
      )}
      <p>{linked(message.message)}</p>
    </div>
  );
}

/** The text with http(s) addresses as links; everything else stays text. */
function linked(text: string) {
  return text.split(/(https?:\/\/[^\s<>"]+)/).map((part, i) =>
    i % 2 === 1 ? (
      <a key={i} href={part} target="_blank" rel="noreferrer noopener">
        {part}
      </a>
    ) : (
      part
    ),
  );
}
