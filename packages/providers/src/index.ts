export type { Delivery, RefusalReason, Verdict, WebhookCredentials } from './delivery.ts';
export { ProvidersError, type ProvidersErrorCode } from './errors.ts';
export type { ParseContext, ParsedDelivery, Provider, RefChange, RefusedRef, Webhook } from './provider.ts';
export { findProvider, loadProviders, PROVIDER_NAMES } from './registry.ts';
export { verifyDelivery } from './verify-delivery.ts';
