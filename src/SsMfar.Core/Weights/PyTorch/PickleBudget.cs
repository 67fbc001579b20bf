using SsMfar.Models;

namespace SsMfar.Weights;

/// <summary>
/// How much memory the objects of a file's pickles may take: a small multiple of the file, which those of a real one are far below. A few
/// bytes of a pickle can ask for an object of dozens, or be gone through many times.
/// </summary>
internal sealed class PickleBudget(string path, long fileBytes)
{
    public const int BytesPerFileByte = 16;
    public const int Allowance = 1 << 20;

    public const int Reference = 16;
    public const int Number = 24;
    public const int Container = 64;
    public const int Pair = 32;

    private long _left = (Math.Min(fileBytes, long.MaxValue / (2 * BytesPerFileByte)) * BytesPerFileByte) + Allowance;

    /// <exception cref="ModelFileException">The budget is spent.</exception>
    public void Take(long bytes)
    {
        _left -= bytes;
        if (_left < 0)
        {
            throw new ModelFileException(
                path, null, $"its pickle asks for more memory than {BytesPerFileByte} times its {fileBytes} bytes, or leads to the same " +
                    "objects over and over",
                PickleMachine.Remedy);
        }
    }
}
