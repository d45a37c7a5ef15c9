#!/bin/sh
# Makes rpmdb.sqlite.gz and rpm-qa.txt with rpm 4.18 (Debian's package rpm), out of rpmdb.spec.
set -e
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
rpmbuild --quiet --define "_topdir $work/top" --define "_rpmdir $work/rpms" -bb "$here/rpmdb.spec"
rpm --dbpath "$work/db" --initdb
rpm --dbpath "$work/db" --nodeps --justdb --ignoresize -i "$work"/rpms/noarch/*.rpm
format='%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE} %{ARCH} %{SOURCERPM} %{SIZE} %{LICENSE}\n'
rpm --dbpath "$work/db" -qa --qf "$format" | sort > "$here/rpm-qa.txt"
rm -f "$work/db"/rpmdb.sqlite-*
gzip -9nc "$work/db/rpmdb.sqlite" > "$here/rpmdb.sqlite.gz"
rm -r "$work"
