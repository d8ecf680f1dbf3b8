-- Run once by the postgres container on an empty volume: the role and the two databases that the program owns.
\getenv password PIPELINES_DATABASE_PASSWORD
create role rentaxis_pipelines login password :'password';
create database pipelines owner rentaxis_pipelines template template0 encoding 'UTF8';
create database dagster owner rentaxis_pipelines template template0 encoding 'UTF8';
