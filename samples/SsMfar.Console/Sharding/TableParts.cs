using SsMfar.ConsoleApp.Commands;
using SsMfar.ConsoleApp.Shell;
using SsMfar.Shared;

namespace SsMfar.ConsoleApp.Sharding;

/// <summary>Parts of tables: each has the header and its rows.</summary>
internal static class TableParts
{
    /// <summary>Writes the table of parts.</summary>
    /// <param name="parts">All, in order.</param>
    /// <param name="output">The file.</param>
    /// <exception cref="BadInputException">The parts have other columns, or the file cannot be written.</exception>
    public static void Gather(IReadOnlyList<PartFile> parts, string output)
    {
        string table = Join([.. parts.Select(part => (part.Path, part.Text()))]);
        Outputs.Write("--out", output, "The table", kept => AtomicFile.WriteText(kept, writer => writer.Write(table)));
    }

    /// <summary>Puts tables together: one header, and the rows of all.</summary>
    /// <param name="tables">Where each is from, and its text.</param>
    /// <exception cref="BadInputException">Their headers differ.</exception>
    public static string Join(IReadOnlyList<(string Path, string Text)> tables)
    {
        string header = HeaderOf(tables[0].Text);
        return tables.FirstOrDefault(table => HeaderOf(table.Text) != header) is { Path: { } other }
            ? throw new BadInputException(
                $"{other}: its columns are others than those of {tables[0].Path}. Make all parts with one version.")
            : string.Concat(tables.Select(table => table.Text[header.Length..]).Prepend(header));
    }

    /// <summary>What stands above the rows: lines of marks, such as the names of classes, and that of the columns.</summary>
    public static string HeaderOf(string table)
    {
        int end = 0;
        bool isMark = true;
        while (isMark && end < table.Length)
        {
            isMark = table[end] == '#';
            int next = table.IndexOf('\n', end);
            end = next < 0 ? table.Length : next + 1;
        }

        return table[..end];
    }
}
