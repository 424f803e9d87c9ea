"""A real, independent OpenID Connect provider (the npm package oidc-provider) against our sign-in."""
