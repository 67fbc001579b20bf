using CsCheck;
using SsMfar.Imaging;

namespace SsMfar.Tests.Imaging;

/// <summary>Composed and decomposed spellings of names, in a program without globalisation data as this one is.</summary>
public sealed class UnicodeFormTests
{
    [Theory]
    [InlineData("caf\u00E9.jpg", "cafe\u0301.jpg")]
    [InlineData("\u00C5ngstr\u00F6m", "A\u030Angstro\u0308m")]
    [InlineData("\u212Bngstr\u00F6m", "A\u030Angstro\u0308m")] // the sign of the unit
    [InlineData("\u1EA5", "a\u0302\u0301")] // two marks
    [InlineData("\u0439\u0457", "\u0438\u0306\u0456\u0308")]
    [InlineData("\u30AC", "\u30AB\u3099")]
    [InlineData("\uD55C\uAE00", "\u1112\u1161\u11AB\u1100\u1173\u11AF")]
    [InlineData("\uAC00", "\u1100\u1161")]
    [InlineData("plain.jpg", "plain.jpg")]
    [InlineData("\u00F8\u00DF\u4E2D\uD83D\uDE42\uD800", "\u00F8\u00DF\u4E2D\uD83D\uDE42\uD800")] // none of these has parts
    public void Composed_characters_come_apart(string name, string decomposed)
    {
        UnicodeForms.Decompose(name).Should().Be(decomposed);
        UnicodeForms.Decompose(decomposed).Should().Be(decomposed);
    }

    [Fact]
    public void What_is_apart_stays_as_it_is_and_parts_do_not_depend_on_their_neighbours() => Gen.Select(Gen.String, Gen.String)
        .Sample((one, other) =>
            {
                string apart = UnicodeForms.Decompose(one);
                UnicodeForms.Decompose(apart).Should().Be(apart);
                UnicodeForms.Decompose(one + other).Should().Be(apart + UnicodeForms.Decompose(other));
            });

    [Fact]
    public void A_remark_says_which_name_is_in_which_form() =>
        UnicodeForms.Remark("e\u0301", "\u00E9").Should().Contain("asked for is in decomposed Unicode (NFD)").And
            .Contain("that one is in composed Unicode (NFC)");
}
