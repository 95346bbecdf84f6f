"""reclaim.py FOLDER: removes the databases of containers that were deleted more than five minutes ago.

Swift's replicators do that, and there are none with one replica: the container updater would go through thousands of them.
"""
import os
import shutil
import sqlite3
import sys
import time

AGE = 300


def deleted(path):
    database = sqlite3.connect(f'file:{path}?mode=ro', uri=True)
    try:
        made, gone = database.execute('SELECT put_timestamp, delete_timestamp FROM container_info').fetchone()
    finally:
        database.close()
    return float(gone or 0) > float(made or 0) and time.time() - float(gone) > AGE


for folder, _, files in os.walk(sys.argv[1]):
    for name in files:
        if name.endswith('.db') and f'{os.sep}containers{os.sep}' in folder:
            try:
                if deleted(os.path.join(folder, name)):
                    shutil.rmtree(folder, ignore_errors=True)
            except (sqlite3.Error, TypeError, ValueError) as why:
                print(f'{folder}: {why}', file=sys.stderr)
