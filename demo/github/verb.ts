/** Converts event and action to a verb that reads well between actor and target. */
import { getObject, getText, type Payload } from './payload.ts';

/** Exceptions to the default, which is the action followed by the event's name. */
const verbsByEvent: Record<string, string | ((payload: Payload) => string)> = {
  'check_run.created': 'started check run',
  'check_run.rerequested': 'reran check run',
  'check_run.requested_action': 'requested an action of check run',
  'check_suite.rerequested': 'reran check suite',
  'code_scanning_alert.closed_by_user': 'closed code scanning alert',
  commit_comment: 'commented on commit',
  create: (payload) => `created ${getText(payload, 'ref_type') ?? 'ref'}`,
  delete: (payload) => `deleted ${getText(payload, 'ref_type') ?? 'ref'}`,
  'deploy_key.created': 'added deploy key',
  deployment_review: 'requested review of deployment',
  deployment_status: (payload) =>
    `reported ${stateOf(getObject(payload, 'deployment_status'))} of deployment`,
  'discussion.created': 'started discussion',
  'discussion.category_changed': 'moved discussion',
  'discussion.unanswered': 'withdrew the answer of discussion',
  fork: 'forked',
  'github_app_authorization.revoked': 'revoked the authorization of an app',
  gollum: (payload) => `${gollumAction(payload)} wiki page`,
  'installation.created': 'installed app',
  'installation.deleted': 'uninstalled app',
  'installation.new_permissions_accepted': 'accepted new permissions of app',
  'installation.suspend': 'suspended app',
  'installation.unsuspend': 'unsuspended app',
  'installation_repositories.added': 'gave repositories to app',
  'installation_repositories.removed': 'took repositories from app',
  'marketplace_purchase.changed': 'changed to plan',
  'marketplace_purchase.cancelled': 'cancelled plan',
  'marketplace_purchase.purchased': 'purchased plan',
  'member.added': 'added collaborator',
  'member.edited': 'changed the permissions of collaborator',
  'membership.added': 'added team member',
  'membership.removed': 'removed team member',
  'merge_group.checks_requested': 'requested checks of merge group',
  'meta.deleted': 'deleted webhook',
  'organization.member_added': 'added member',
  'organization.member_invited': 'invited member',
  'org_block.blocked': 'blocked',
  'org_block.unblocked': 'unblocked',
  page_build: 'built the site of',
  ping: 'pinged webhook',
  'projects_v2_item.created': 'added project item',
  'projects_v2_item.archived': 'archived project item',
  'projects_v2_item.converted': 'converted project item',
  'projects_v2_item.edited': 'edited project item',
  'projects_v2_item.reordered': 'reordered project item',
  'projects_v2_item.restored': 'restored project item',
  public: 'made public',
  'pull_request.closed': (payload) =>
    getObject(payload, 'pull_request')?.merged === true ? 'merged pull request' : 'closed pull request',
  'pull_request.converted_to_draft': 'drafted pull request',
  'pull_request.ready_for_review': 'readied pull request',
  'pull_request.review_requested': 'requested review of pull request',
  'pull_request.review_request_removed': 'withdrew the review request of pull request',
  'pull_request.synchronize': 'updated pull request',
  'pull_request_review.submitted': (payload) => reviewVerb(getText(getObject(payload, 'review'), 'state')),
  'pull_request_review.dismissed': 'dismissed a review of pull request',
  'pull_request_review_thread.resolved': 'resolved a thread of pull request',
  'pull_request_review_thread.unresolved': 'reopened a thread of pull request',
  push: (payload) => pushVerb(payload),
  'release.prereleased': 'published prerelease',
  'release.released': 'released',
  repository_dispatch: 'dispatched an event to',
  repository_import: (payload) =>
    getText(payload, 'status') === 'success' ? 'imported repository' : 'failed to import repository',
  'repository_vulnerability_alert.create': 'created vulnerability alert',
  'repository_vulnerability_alert.dismiss': 'dismissed vulnerability alert',
  'sponsorship.created': 'sponsored',
  'sponsorship.pending_tier_change': 'scheduled a tier change for',
  'star.created': 'starred',
  'star.deleted': 'unstarred',
  status: (payload) => `reported ${stateOf(payload)} of commit`,
  'team.added_to_repository': 'gave a repository to team',
  'team.removed_from_repository': 'took a repository from team',
  team_add: 'added team',
  'watch.started': 'started watching',
  workflow_dispatch: 'dispatched workflow',
  'workflow_job.in_progress': 'started workflow job',
  'workflow_job.waiting': 'paused workflow job',
};

/** The nouns of comment events. */
const commentTargets: Record<string, string> = {
  discussion_comment: 'discussion',
  issue_comment: 'issue',
  pull_request_review_comment: 'pull request',
};

export function verbOf(event: string, payload: Payload): string {
  const action = getText(payload, 'action');
  const verb = verbsByEvent[`${event}.${action}`] ?? verbsByEvent[event];
  if (typeof verb === 'string') return verb;
  if (verb !== undefined) return verb(payload);
  const noun = commentTargets[event];
  if (noun !== undefined) return commentVerb(action, payload, noun);
  const readable = (event === 'issues' ? 'issue' : event).replaceAll('_', ' ');
  return action === undefined ? readable : `${action.replaceAll('_', ' ')} ${readable}`;
}

function commentVerb(action: string | undefined, payload: Payload, noun: string): string {
  // GitHub reports comments on pull requests as comments on issues.
  const commentTarget = getObject(getObject(payload, 'issue'), 'pull_request') ? 'pull request' : noun;
  return action === 'created' || action === undefined
    ? `commented on ${commentTarget}`
    : `${action} a comment on ${commentTarget}`;
}

function gollumAction(payload: Payload): string {
  const pages = payload.pages;
  const first: unknown = Array.isArray(pages) ? pages[0] : undefined;
  return typeof first === 'object' && first !== null && 'action' in first && first.action === 'created'
    ? 'created'
    : 'edited';
}

function stateOf(payload: Payload | undefined): string {
  return (getText(payload, 'state') ?? 'news').replaceAll('_', ' ');
}

function reviewVerb(state: string | undefined): string {
  if (state === 'approved') return 'approved pull request';
  if (state === 'changes_requested') return 'requested changes of pull request';
  return 'reviewed pull request';
}

function pushVerb(payload: Payload): string {
  const kind = getText(payload, 'ref')?.startsWith('refs/tags/') ? 'tag' : 'branch';
  if (payload.deleted === true) return `deleted ${kind}`;
  return kind === 'tag' ? 'pushed tag' : 'pushed to branch';
}
