using CsCheck;
using SsMfar.Kernels;
using SsMfar.Kernels.Native;
using SsMfar.Runtime;

namespace SsMfar.Tests.Kernels;

public sealed unsafe class AlignedMemoryTests
{
    [Fact]
    public void Pieces_in_use_at_once_are_aligned_writable_and_apart() =>
        Gen.Int[1, 5000].Array[1, 20].Sample(
            lengths =>
            {
                AlignedMemory[] pieces = [.. lengths.Select(length => AlignedMemory.Rent(length))];
                for (int i = 0; i < pieces.Length; i++)
                {
                    new Span<float>(pieces[i].Start, lengths[i]).Fill(i);
                }

                bool apart = pieces.Select(
                    (piece, i) => (nint)piece.Start % 64 == 0
                        && !new Span<float>(piece.Start, lengths[i]).ContainsAnyExcept(i)).All(right => right);
                foreach (AlignedMemory piece in pieces)
                {
                    piece.Dispose();
                }

                return apart;
            },
            iter: 200);
}
