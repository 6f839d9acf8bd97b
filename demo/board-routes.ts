/**
 * Routes that open, close, reopen and delete the project's issues. The page logs the actions to the hub itself. Only
 * deletion is sent to the hub from here, because it requires the service scope.
 */
import type { HubServer } from '@hubbub/node';
import { json, Router } from 'express';
import { type Board, BoardError } from './board.ts';
import type { Person } from './page/person.ts';
import { issueRef, project, verbs } from './page/project.ts';
import { getField, sendProblem } from './requests.ts';
import { userRef } from './users.ts';

export interface BoardRoutesOptions {
  board: Board;
  users: readonly Person[];
  /** With the service scope. */
  hub: () => Pick<HubServer, 'deleteObject' | 'log'>;
}

export function boardRoutes({ board, users, hub }: BoardRoutesOptions): Router {
  const routes = Router();
  const body = json({ limit: '8kb', strict: false });
  routes
    .route('/demo/board')
    .get((_request, response) => {
      response.set('cache-control', 'no-store').json({ issues: board.issues() });
    })
    .post(body, (request, response) => {
      const title = getField(request.body, 'title');
      if (typeof title !== 'string') return sendProblem(response, 'title: must be a text');
      try {
        response.status(201).json(board.open(title));
      } catch (error) {
        if (!(error instanceof BoardError)) throw error;
        sendProblem(response, error.message);
      }
    })
    .patch(body, (request, response) => {
      const [ids, open] = [getField(request.body, 'ids'), getField(request.body, 'open')];
      if (!isStringArray(ids)) return sendProblem(response, 'ids: must be a list of ids');
      if (typeof open !== 'boolean') return sendProblem(response, 'open: must be true or false');
      board.setOpen(ids, open);
      response.json({ issues: board.issues() });
    })
    .delete(body, async (request, response) => {
      const [id, actions] = [getField(request.body, 'id'), getField(request.body, 'actions')];
      const user = getField(request.body, 'user');
      const person = users.find((each) => each.id === user);
      if (!person) return sendProblem(response, 'user: must be one of the people of the demo');
      if (actions !== 'keep' && actions !== 'delete') {
        return sendProblem(response, 'actions: must be keep or delete');
      }
      const issue = typeof id === 'string' ? board.remove(id) : undefined;
      if (!issue) return sendProblem(response, 'id: must be one of the issues on the board');
      const ref = issueRef(issue);
      await hub().deleteObject(ref, { description: `${issue.title} (deleted)`, actions }, { wait: true });
      // If the history stays, it also contains the deletion.
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

function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= 100 && value.every((each) => typeof each === 'string');
}
