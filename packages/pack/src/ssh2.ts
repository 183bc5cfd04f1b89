export { createSsh2Transport, type Ssh2TransportOptions } from './transport/ssh2-transport.ts';
