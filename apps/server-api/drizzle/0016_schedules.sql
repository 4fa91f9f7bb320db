ALTER TABLE "mails" ADD COLUMN "calendar" text;--> statement-breakpoint
ALTER TABLE "meetings" ADD COLUMN "schedule" jsonb;