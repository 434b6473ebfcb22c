import { Column, PrimaryColumn, type ColumnOptions, type ValueTransformer } from 'typeorm';

/** Times are whole milliseconds since 1970: exact, comparable and the same on every engine. */
const time: ValueTransformer = {
  from: (value: number | string | null) => (value === null ? null : new Date(Number(value))),
  to: (value: Date | null | undefined) => (value instanceof Date ? value.getTime() : value),
};

/** A 30-character id made by `createId`. */
export const IdColumn = (name: string, options: ColumnOptions = {}): PropertyDecorator =>
  Column({ name, type: 'varchar', length: 30, ...options });

/** The primary key: a 30-character id made by `createId`. */
export const PrimaryIdColumn = (): PropertyDecorator =>
  PrimaryColumn({ name: 'id', type: 'varchar', length: 30 });

/** A point in time as a Date in code and milliseconds in the database. */
export const TimeColumn = (name: string, options: ColumnOptions = {}): PropertyDecorator =>
  Column({ name, type: 'bigint', transformer: time, ...options });

/** Short text: at most 255 characters unless `length` says otherwise. */
export const TextColumn = (name: string, options: ColumnOptions = {}): PropertyDecorator =>
  Column({ name, type: 'varchar', length: 255, ...options });

/** Text of up to 16 MB. */
export const LongTextColumn = (name: string, options: ColumnOptions = {}): PropertyDecorator =>
  Column({ name, type: 'text', ...options });

/** Up to 16 MB that are no text. */
export const BytesColumn = (name: string, options: ColumnOptions = {}): PropertyDecorator =>
  Column({ name, type: 'blob', ...options });

/** A value stored as JSON text of up to 16 MB. */
export const JsonColumn = (name: string, options: ColumnOptions = {}): PropertyDecorator =>
  Column({ name, type: 'simple-json', ...options });

/** A whole number up to 2^31. */
export const IntegerColumn = (name: string, options: ColumnOptions = {}): PropertyDecorator =>
  Column({ name, type: 'int', ...options });

/** A number with decimals, such as milliseconds of a phase. */
export const FloatColumn = (name: string, options: ColumnOptions = {}): PropertyDecorator =>
  Column({ name, type: 'double', ...options });

/** true or false, stored as 1 or 0. */
export const BooleanColumn = (name: string, options: ColumnOptions = {}): PropertyDecorator =>
  Column({ name, type: 'boolean', ...options });
