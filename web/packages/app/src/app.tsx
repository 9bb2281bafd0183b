import { useEffect, useState } from 'react';
import { ErrorPage } from './pages/error_page.js';
import { HomePage } from './pages/home_page.js';
import { MeetingFlow } from './pages/meeting_flow.js';
import { RecordingsPage } from './pages/recordings_page.js';
import { parseRoute, type Route } from './state/route.js';

const currentRoute = (): Route => parseRoute(location.pathname, location.search);

/** Moves to another page of the app without loading. */
export function navigate(path: string): void {
  history.pushState(null, '', path);
  dispatchEvent(new PopStateEvent('popstate'));
}

export function App() {
  const [route, setRoute] = useState(currentRoute);
  useEffect(() => {
    const follow = () => setRoute(currentRoute());
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);

  switch (route.page) {
    case 'home':
      return <HomePage />;
    case 'meeting':
      return <MeetingFlow key={route.roomId} {...route} />;
    case 'recordings':
      return <RecordingsPage {...route} />;
    case 'unknown':
      return <ErrorPage title="There is nothing here" text="The address does not belong to a meeting." code="404" />;
  }
}
