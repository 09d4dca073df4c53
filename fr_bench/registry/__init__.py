"""The registry: what was measured of whom, when, and how long that is taken to hold, over many run folders.

Run folders and rehearsals are the truth. The index is a SQLite file that `collecting` makes of them and that can be
made again at any time; nothing but what it was made from is ever learned from it. An entry is the record of a
rehearsal or of a plain run. It is no certificate, and every output says so.

    folders, sealed_runs, rehearsals, product_cards    what stands on the disk, read strictly
    collecting                                         all of it as one value, whatever the order of the folders
    index, queries                                     that value as a SQLite file, and searched
    listing, page                                      entries for a terminal, as Markdown, as JSON, as a page
"""
