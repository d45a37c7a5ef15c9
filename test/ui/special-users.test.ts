/** What people are told to type where user names and passwords are not what the words say. */
import { expect, test } from 'vitest';
import { signInAdvice, usualUser } from '../../src/ui/sign-in/special-users.ts';

const users = (registry: string) => signInAdvice(registry)?.ways.map(({ user }) => user ?? null);
const commands = (registry: string) => signInAdvice(registry)?.ways.flatMap(({ command }) => command ?? []);

test.each([
  ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', ['AWS'], ['aws ecr get-login-password --region eu-west-1']],
  ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', ['AWS'], ['aws ecr get-login-password --region cn-north-1']],
  ['123456789012.dkr.ecr-fips.us-east-1.amazonaws.com', ['AWS'], ['aws ecr get-login-password --region us-east-1']],
  ['public.ecr.aws', ['AWS'], ['aws ecr-public get-login-password --region us-east-1']],
  ['gcr.io', ['oauth2accesstoken', '_json_key', '_json_key_base64'], ['gcloud auth print-access-token']],
  ['eu.gcr.io', ['oauth2accesstoken', '_json_key', '_json_key_base64'], ['gcloud auth print-access-token']],
  [
    'europe-west1-docker.pkg.dev',
    ['oauth2accesstoken', '_json_key', '_json_key_base64'],
    ['gcloud auth print-access-token'],
  ],
  [
    'team.azurecr.io',
    ['00000000-0000-0000-0000-000000000000', null, null],
    ['az acr login --name team --expose-token --output tsv --query accessToken'],
  ],
  ['nvcr.io', ['$oauthtoken'], []],
])('%s has fixed user names, and a command for the password', (registry, fixed, lines) => {
  expect(users(registry)).toEqual(fixed);
  expect(commands(registry)).toEqual(lines);
});

test.each([
  ['docker.io', 'Docker Hub', /Docker ID/],
  ['ghcr.io', 'GitHub Container Registry', /read:packages/],
  ['quay.io', 'Quay', /organization\+robot/],
  ['registry.gitlab.com', 'GitLab', /Deploy token.*read_registry/],
  ['registry.redhat.io', 'Red Hat', /1234567\|name/],
])('%s is told how its tokens are had', (registry, service, words) => {
  const advice = signInAdvice(registry);
  expect(advice?.service).toBe(service);
  expect(JSON.stringify(advice?.ways)).toMatch(words);
});

test.each([
  'registry.example',
  'localhost:5000',
  // A host of someone else that only looks like one of the services.
  'gcr.io.example',
  'evil-docker.pkg.dev.example',
  'notazurecr.io',
  'a.b.azurecr.io',
  'dkr.ecr.eu-west-1.amazonaws.com',
  'azurecr.io',
])('%s takes a user name and a password, and nothing else is said of it', (registry) => {
  expect(signInAdvice(registry)).toBeUndefined();
});

test('the field begins with the only name that a registry takes, and empty where there is a choice', () => {
  expect(usualUser('1.dkr.ecr.eu-west-1.amazonaws.com')).toBe('AWS');
  expect(usualUser('gcr.io')).toBe('');
  expect(usualUser('ghcr.io')).toBe('');
  expect(usualUser('registry.example')).toBe('');
});
