/**
 * What goes into the fields of a sign-in, registry by registry: most want no account's password but a token, and some
 * want a fixed name in the user field. From the documentation of each (see the addresses below).
 */

export interface SignInWay {
  /** What this way is called: "Access token". */
  readonly name: string;
  /** The user name where it is a fixed one, to be put into the field. */
  readonly user?: string;
  /** What to type as user name, as the end of a sentence: "your Docker ID". Absent where `user` is enough. */
  readonly userWords?: string;
  /** What to give as password, as the end of a sentence: "a personal access token with read:packages". */
  readonly password: string;
  /** A command that prints the password. */
  readonly command?: string;
}

export interface SignInAdvice {
  /** The service's own name: "Amazon ECR". */
  readonly service: string;
  /** The usual way first. */
  readonly ways: readonly SignInWay[];
}

interface Entry {
  readonly host: RegExp;
  /** @param found the host's match: its groups name regions and the like */
  advise(found: RegExpExecArray): SignInAdvice;
}

const ENTRIES: readonly Entry[] = [
  {
    // https://docs.docker.com/security/access-tokens/
    host: /^docker\.io$/,
    advise: () => ({
      service: 'Docker Hub',
      ways: [
        { name: 'Personal access token', userWords: 'your Docker ID', password: 'a token that may read' },
        { name: 'Organization access token', userWords: 'the organization’s name', password: 'the token' },
      ],
    }),
  },
  {
    // https://docs.github.com/packages/working-with-a-github-packages-registry/working-with-the-container-registry
    host: /^ghcr\.io$/,
    advise: () => ({
      service: 'GitHub Container Registry',
      ways: [
        {
          name: 'Personal access token',
          userWords: 'your GitHub user name (any text is taken)',
          password: 'a classic token with the scope read:packages',
        },
      ],
    }),
  },
  {
    // https://docs.quay.io/glossary/robot-accounts.html
    host: /^quay\.io$/,
    advise: () => ({
      service: 'Quay',
      ways: [
        { name: 'Robot account', userWords: 'organization+robot, as Quay shows it', password: 'the robot’s token' },
        {
          name: 'Your account',
          userWords: 'your Quay user name',
          password: 'the encrypted password from your settings',
        },
      ],
    }),
  },
  {
    // https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
    host: /^[0-9]+\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/,
    advise: ([, region = '']) => ({
      service: 'Amazon ECR',
      ways: [
        {
          name: 'Login password',
          user: 'AWS',
          password: 'what this command prints; it holds for 12 hours',
          command: `aws ecr get-login-password --region ${region}`,
        },
      ],
    }),
  },
  {
    // https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-auth.html
    host: /^public\.ecr\.aws$/,
    advise: () => ({
      service: 'Amazon ECR Public',
      ways: [
        {
          name: 'Login password',
          user: 'AWS',
          password: 'what this command prints; it holds for 12 hours',
          command: 'aws ecr-public get-login-password --region us-east-1',
        },
      ],
    }),
  },
  {
    // https://cloud.google.com/artifact-registry/docs/docker/authentication
    host: /^(?:(?:[a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev)$/,
    advise: () => ({
      service: 'Google Artifact Registry',
      ways: [
        {
          name: 'Access token',
          user: 'oauth2accesstoken',
          password: 'what this command prints; it holds for one hour',
          command: 'gcloud auth print-access-token',
        },
        { name: 'Service account key', user: '_json_key', password: 'the whole JSON key file' },
        { name: 'Service account key, encoded', user: '_json_key_base64', password: 'the JSON key file in base64' },
      ],
    }),
  },
  {
    // https://learn.microsoft.com/azure/container-registry/container-registry-authentication
    host: /^([a-z0-9-]+)\.azurecr\.io$/,
    advise: ([, name = '']) => ({
      service: 'Azure Container Registry',
      ways: [
        {
          name: 'Access token',
          user: '00000000-0000-0000-0000-000000000000',
          password: 'what this command prints; it holds for three hours',
          command: `az acr login --name ${name} --expose-token --output tsv --query accessToken`,
        },
        { name: 'Repository token', userWords: 'the token’s name', password: 'one of its two passwords' },
        { name: 'Service principal', userWords: 'its application ID', password: 'its client secret' },
      ],
    }),
  },
  {
    // https://docs.gitlab.com/user/packages/container_registry/authenticate_with_container_registry/
    host: /^registry\.gitlab\.com$/,
    advise: () => ({
      service: 'GitLab',
      ways: [
        {
          name: 'Deploy token',
          userWords: 'the token’s user name, such as gitlab+deploy-token-1',
          password: 'a token with read_registry',
        },
        { name: 'Personal access token', userWords: 'your user name', password: 'a token with read_registry' },
      ],
    }),
  },
  {
    // https://docs.nvidia.com/ngc/gpu-cloud/ngc-private-registry-user-guide/
    host: /^nvcr\.io$/,
    advise: () => ({
      service: 'NVIDIA NGC',
      ways: [{ name: 'API key', user: '$oauthtoken', password: 'an NGC API key' }],
    }),
  },
  {
    // https://access.redhat.com/articles/RegistryAuthentication
    host: /^registry\.redhat\.io$/,
    advise: () => ({
      service: 'Red Hat',
      ways: [
        {
          name: 'Registry service account',
          userWords: 'the account’s name with its number, such as 1234567|name',
          password: 'its token',
        },
      ],
    }),
  },
];

/** @param registry as references spell it. Undefined where a user name and a password are just that. */
export function signInAdvice(registry: string): SignInAdvice | undefined {
  for (const { host, advise } of ENTRIES) {
    const found = host.exec(registry);
    if (found !== null) return advise(found);
  }
  return undefined;
}

/** The user name to begin with: the fixed one, where there is only one way to sign in and it has one. */
export function usualUser(registry: string): string {
  const ways = signInAdvice(registry)?.ways ?? [];
  return ways.length === 1 ? (ways[0]?.user ?? '') : '';
}
