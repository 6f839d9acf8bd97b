/**
 * The project's issues, as the page changes them: opened, closed, reopened, deleted. That something happened the page
 * tells the hub by itself; but deleting needs the service scope, so that the hub hears of it here.
 */
import type { HubServer } from '@hubbub/client/server';
import { json, Router } from 'express';
import { type Board, BoardError } from './board.ts';
import { userRef } from './cast.ts';
import type { Person } from './page/person.ts';
import { issueRef, project, verbs } from './page/project.ts';
import { member, refuse } from './requests.ts';

export interface BoardParts {
  board: Board;
  cast: readonly Person[];
  /** With the service scope. */
  hub: () => Pick<HubServer, 'deleteObject' | 'log'>;
}

export function boardRoutes({ board, cast, hub }: BoardParts): Router {
  const routes = Router();
  const body = json({ limit: '8kb', strict: false });
  routes
    .route('/demo/board')
    .get((_request, response) => {
      response.set('cache-control', 'no-store').json({ issues: board.issues() });
    })
    .post(body, (request, response) => {
      const title = member(request.body, 'title');
      if (typeof title !== 'string') return refuse(response, 'title: must be a text');
      try {
        response.status(201).json(board.open(title));
      } catch (error) {
        if (!(error instanceof BoardError)) throw error;
        refuse(response, error.message);
      }
    })
    .patch(body, (request, response) => {
      const [ids, open] = [member(request.body, 'ids'), member(request.body, 'open')];
      if (!isTexts(ids)) return refuse(response, 'ids: must be a list of ids');
      if (typeof open !== 'boolean') return refuse(response, 'open: must be true or false');
      board.setOpen(ids, open);
      response.json({ issues: board.issues() });
    })
    .delete(body, async (request, response) => {
      const [id, actions] = [member(request.body, 'id'), member(request.body, 'actions')];
      const user = member(request.body, 'user');
      const person = cast.find((each) => each.id === user);
      if (!person) return refuse(response, 'user: must be one of the people of the demo');
      if (actions !== 'keep' && actions !== 'delete') {
        return refuse(response, 'actions: must be keep or delete');
      }
      const issue = typeof id === 'string' ? board.remove(id) : undefined;
      if (!issue) return refuse(response, 'id: must be one of the issues on the board');
      const ref = issueRef(issue);
      await hub().deleteObject(ref, { description: `${issue.title} (deleted)`, actions }, { wait: true });
      // Where the history stays it tells of its end, too.
      if (actions === 'keep') {
        await hub().log({
          actor: userRef(person),
          verb: verbs.deleted,
          targets: ref,
          related: project,
          groupingDelay: -1,
        });
      }
      response.json({ issues: board.issues() });
    });
  return routes;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= 100 && value.every((each) => typeof each === 'string');
}
