using System.Runtime.InteropServices;
using SharpFuzz;
using SharpFuzz.Common;
using SsMfar.Campaigns.Shell;

namespace SsMfar.Campaigns.Fuzzing;

/// <summary>
/// Which branches of the library a case went through, where the library was instrumented by SharpFuzz. The counters lie in this process,
/// so that neither AFL nor libFuzzer is needed.
/// </summary>
internal sealed unsafe class Coverage : IDisposable
{
    private const int Size = 1 << 16;

    private readonly byte* _now = (byte*)NativeMemory.AllocZeroed(Size);
    private readonly byte[] _ever = new byte[Size];

    public Coverage() => Trace.SharedMem = _now;

    /// <summary>Gets the number of branches seen so far.</summary>
    public int Branches { get; private set; }

    /// <summary>Begins a case.</summary>
    public void Begin()
    {
        new Span<byte>(_now, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Whether the case went where none was before, or another number of times.</summary>
    public bool IsNew()
    {
        bool found = false;
        for (int i = 0; i < Size; i += sizeof(ulong))
        {
            if (*(ulong*)(_now + i) == 0)
            {
                continue;
            }

            for (int j = i; j < i + sizeof(ulong); j++)
            {
                byte times = Bucket(_now[j]);
                if ((_ever[j] | times) != _ever[j])
                {
                    Branches += _ever[j] == 0 ? 1 : 0;
                    _ever[j] |= times;
                    found = true;
                }
            }
        }

        return found;
    }

    public void Dispose()
    {
        // The library goes on counting; it must not do so in memory that is gone.
    }

    /// <summary>Makes a copy of this program in a folder, the library in it instrumented.</summary>
    /// <returns>The program.</returns>
    public static string Instrument(TemporaryFolder folder)
    {
        ProgramCopy copy = new(folder);
        foreach (string name in new[] { "SsMfar.Affect", "SsMfar.Core", "SsMfar.Onnx", "SsMfar.Video", "SsMfar.Reports", "ssmfar" })
        {
            copy.Change(name, file => Fuzzer.Instrument(file, _ => true, Options.Value));
        }

        return copy.Own;
    }

    // As AFL counts: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 and more.
    private static byte Bucket(byte times) => times switch
    {
        0 => 0, 1 => 1, 2 => 2, 3 => 4, < 8 => 8, < 16 => 16, < 32 => 32, < 128 => 64, _ => 128,
    };
}
