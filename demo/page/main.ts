/** The entry point of the page: creates and connects its parts. */
import { HubError } from '@hubbub/client';
import { fetchPeople } from './backend.ts';
import { BoardStore } from './board-store.ts';
import { byId, findInbox } from './dom.ts';
import { startLanguageSwitch } from './language.ts';
import { LastCall } from './last-call.ts';
import { PanelLayout } from './panel-layout.ts';
import { Replay } from './replay.ts';
import { Scenario } from './scenario.ts';
import { ThemeSwitch } from './theme.ts';
import { Timeline } from './timeline.ts';

function showProblem(thrown: unknown): void {
  const problem = byId('problem', HTMLElement);
  problem.hidden = false;
  problem.textContent = HubError.from(thrown).message;
}

function hideProblem(): void {
  byId('problem', HTMLElement).hidden = true;
}

async function start(): Promise<void> {
  const people = await fetchPeople();
  const lastCall = new LastCall();
  const showCall = (name: string, ...input: unknown[]): void => lastCall.show(name, ...input);

  const bell = findInbox(document);
  const board = new BoardStore((issues) => {
    hideProblem();
    scenario.show(issues);
  }, showProblem);
  const timeline = new Timeline(() => void board.refresh());
  const layout = new PanelLayout({
    people,
    bell,
    onCall: showCall,
    onError: (error) => scenario.showStatus(error.message, true),
    onPeopleChange: () => timeline.setHub(layout.first.hub),
    onActingChange: () => scenario.showActing(),
    onLatency: ({ name }, milliseconds) => scenario.add(`${name} heard in ${Math.round(milliseconds)} ms.`),
  });
  const scenario = new Scenario({
    board,
    actingSession: () => layout.actingSession(),
    onCall: showCall,
    onSent: (action, at) => layout.actionSent(action, at),
  });
  const inboxes = [...document.querySelectorAll('hubbub-inbox')];
  startLanguageSwitch(inboxes);
  new ThemeSwitch(inboxes);
  new Replay();
  layout.start();
}

// Makes scroll containers focusable, so that they can be scrolled with the keyboard.
for (const box of document.querySelectorAll<HTMLElement>('.scrolls')) box.tabIndex = 0;
start().catch(showProblem);
