# One of the programs by itself, for where the others have no place.
{
  lib,
  runCommand,
  nerva,
  name,
}:
runCommand "${name}-${nerva.version}"
  {
    meta = nerva.meta // {
      mainProgram = name;
    };
  }
  ''
    mkdir -p $out/bin
    ln -s ${lib.getExe' nerva name} $out/bin/${name}
  ''
