-- Neovim 0.11 with the language server: nvim --headless -u NONE -i NONE -n -l nvim.lua GATELINT FOLDER
-- Exit status: 0 everything was shown and the action mended it, 1 something was not.
local gatelint, folder = _G.arg[1], _G.arg[2]

local function fail(what)
  io.stderr:write('nvim: ' .. what .. '\n')
  vim.cmd('cquit 1')
end

local function wait_for(what, is_so)
  if not vim.wait(20000, is_so, 20) then fail('no ' .. what) end
end

local file = folder .. '/serverless.yml'
vim.cmd.edit(file)
vim.lsp.start({ name = 'gatelint', cmd = { gatelint, 'lsp' }, root_dir = folder })
vim.lsp.inlay_hint.enable(true)

local function shown(rule)
  for _, one in ipairs(vim.diagnostic.get(0)) do
    if one.code == rule then return one end
  end
end

wait_for('client', function() return #vim.lsp.get_clients({ bufnr = 0 }) > 0 end)
wait_for('diagnostics', function() return shown('public-write') end)
local client = vim.lsp.get_clients({ bufnr = 0 })[1]

wait_for('hints', function()
  local hints = vim.lsp.inlay_hint.get({ bufnr = 0 })
  return #hints > 0 and hints[1].inlay_hint.label:match('^auth: none')
end)

local at = shown('public-write')
local place = { textDocument = { uri = vim.uri_from_bufnr(0) }, position = { line = at.lnum, character = at.col } }
local hover = client:request_sync('textDocument/hover', place, 20000, 0)
if not (hover and hover.result and hover.result.contents.value:match('POST /orders')) then fail('no hover') end

vim.api.nvim_win_set_cursor(0, { at.lnum + 1, at.col })
vim.lsp.buf.code_action({
  filter = function(action) return action.title:match('^Ignore `public%-write`') end,
  apply = true,
})
wait_for('edit', function()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n'):match('# gatelint: ignore%[public%-write%]')
end)
wait_for('end of the finding', function() return not shown('public-write') end)
client:stop()
io.stdout:write('nvim: diagnostics, hints, hover, code action applied, finding gone\n')
vim.cmd('qall!')
