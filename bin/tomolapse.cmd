@echo off
rem Starts Tomolapse on Windows; installs and builds what is missing first.
setlocal
for %%I in ("%~dp0..") do set "ROOT=%%~fI"
if not exist "%ROOT%\node_modules\node\bin\node.exe" (
  pushd "%ROOT%" && call npm ci --no-audit --no-fund 1>&2
  if errorlevel 1 (
    echo error: Cannot install the packages ^(%ROOT%^): npm ci failed. Install Node 20 or newer with npm, check the network and run it again. 1>&2
    exit /b 1
  )
  popd
)
if not exist "%ROOT%\build\native\tomolapse.node" (
  cmake -S "%ROOT%\native" -B "%ROOT%\build\native" -DCMAKE_BUILD_TYPE=Release 1>&2 && cmake --build "%ROOT%\build\native" --config Release --parallel 1>&2
  if errorlevel 1 (
    echo error: Cannot build the engine ^(%ROOT%\native^): cmake failed. Install cmake and a C++20 compiler and run it again. 1>&2
    exit /b 1
  )
)
"%ROOT%\node_modules\node\bin\node.exe" "%ROOT%\src\cli\main.ts" %*
