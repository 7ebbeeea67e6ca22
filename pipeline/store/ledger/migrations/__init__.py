"""The schema, one numbered SQL script per step; a script that was released is never edited."""
