import { navigate } from '../app.js';

export interface ErrorPageProps {
  title: string;
  text: string;
  code?: string;
  onRetry?: () => void;
}

export function ErrorPage({ title, text, code, onRetry }: ErrorPageProps) {
  return (
    <main className="card-page">
      <section className="card">
        <h1>{title}</h1>
        <p role="alert">{text}</p>
        <div className="row">
          {onRetry && (
            <button type="button" className="primary" onClick={onRetry}>
              Try again
            </button>
          )}
          <button type="button" onClick={() => navigate('/')}>
            To the start page
          </button>
        </div>
        {code && <p className="faint">Code {code}</p>}
      </section>
    </main>
  );
}

/** What a failed join means to a person, by VideoSDK's error code or an HTTP status. */
export function explainError(code: number, message: string): ErrorPageProps {
  const page = (title: string, text: string): ErrorPageProps => ({ title, text, code: String(code) });
  switch (code) {
    case 400:
    case 404:
    case 4003:
      return page('There is no such meeting', 'The address may be mistyped, or the meeting has been closed.');
    case 401:
    case 4001:
    case 4002:
      return page('Your invitation is not valid', 'It may have expired. Ask for a new link.');
    case 403:
    case 4008:
    case 4022:
    case 4023:
    case 4024:
      return page('You may not enter this meeting', message);
    case 4009:
      return page('The meeting is full', 'No more people can enter for now.');
    case 4052:
      return page('This meeting is closed', 'Nobody can enter it any more.');
    case 3044:
      return page('No media connection', 'Neither UDP nor TCP gets through to the server. A firewall may be in the way.');
    default:
      return page('Joining did not work', message);
  }
}
